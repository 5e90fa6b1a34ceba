import type { Command } from './terminal/command.ts'

/** The page of `prism --help`. */
export function overview(commands: readonly (readonly [name: string, summary: string])[], version: string): string {
  const width = Math.max(...commands.map(([name]) => name.length))
  return `prism ${version}: a search engine whose data are immutable files in object storage

usage: prism COMMAND …

${commands.map(([name, summary]) => `  ${name.padEnd(width)}  ${summary}`).join('\n')}

examples:
  prism serve
  prism import books books.jsonl
  prism search books 'sea AND (wind OR waves)'

prism COMMAND --help tells more. Data are in --data DIR (./data if nothing is said),
in --s3 BUCKET --table TABLE, or behind --url URL.
`
}

/** The page of one command. */
export function commandHelp({ form, summary, details, examples, options }: Command): string {
  const rows = Object.entries(options).map(([name, { short, value, help }]) => {
    const left = `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`
    return [left, help] as const
  })
  const width = Math.max(...rows.map(([left]) => left.length))
  return `usage: prism ${form}

${summary}.${details === undefined ? '' : `\n\n${details}`}

options:
${rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`).join('\n')}

examples:
${examples.map((example) => `  ${example}`).join('\n')}
`
}

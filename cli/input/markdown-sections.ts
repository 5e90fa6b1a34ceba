/** A heading and the text below it, up to the next heading. Text before the first heading has an empty heading. */
export type Section = { readonly heading: string; readonly level: number; readonly text: string }

const HEADING = /^ {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$/
const FENCE = /^ {0,3}(```+|~~~+)/

/**
 * Splits Markdown at its `#` headings. Ignores headings inside fenced code. Keeps sections without text.
 */
export function splitSections(markdown: string): Section[] {
  const sections: Section[] = []
  let heading = ''
  let level = 0
  let lines: string[] = []
  let fence: string | undefined
  const finish = (): void => {
    const text = lines.join('\n').trim()
    if (heading !== '' || text !== '') sections.push({ heading, level, text })
    lines = []
  }
  for (const line of markdown.split(/\r?\n/)) {
    const mark = FENCE.exec(line)?.[1]
    if (fence === undefined) fence = mark
    else if (mark?.startsWith(fence)) fence = undefined
    const found = fence === undefined ? HEADING.exec(line) : null
    if (found === null) {
      lines.push(line)
      continue
    }
    finish()
    heading = found[2]!
    level = found[1]!.length
  }
  finish()
  return sections
}

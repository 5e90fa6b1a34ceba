import type { Terminal } from './command.ts'

/** Adds styles to text, or returns the text unchanged. */
export type Paint = { readonly bold: (text: string) => string; readonly dim: (text: string) => string }

/** Styles for output to a terminal, unless `NO_COLOR` is set (https://no-color.org). */
export function paintFor(stream: NodeJS.WriteStream, { env }: Terminal): Paint {
  const isPlain = !stream.isTTY || (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb'
  const paint = (code: number) => (text: string) => (isPlain ? text : `\u001b[${code}m${text}\u001b[0m`)
  return { bold: paint(1), dim: paint(2) }
}

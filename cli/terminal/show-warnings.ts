import type { Terminal } from './command.ts'

/** Maximum number of warnings that are shown. */
const WARNINGS_SHOWN_MAX = 20

/** Writes each warning of an answer as a line of standard error. Warnings with the same message are one line. */
export function showWarnings({ err }: Terminal, warnings: readonly { readonly message: string }[]): void {
  const messages = [...new Set(warnings.map(({ message }) => message))]
  for (const message of messages.slice(0, WARNINGS_SHOWN_MAX)) err.write(`warning: ${message.replaceAll('\n', ' ')}\n`)
  if (messages.length > WARNINGS_SHOWN_MAX) err.write('… and more warnings\n')
}

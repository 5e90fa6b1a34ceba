import { createInterface } from 'node:readline/promises'
import type { Arguments, Options } from './arguments.ts'
import type { Terminal } from './command.ts'

/** The option of a command that asks: answers beforehand. */
export const YES_OPTION = { yes: { type: 'boolean', short: 'y', help: 'do not ask' } } as const satisfies Options

/** Asks on a terminal, unless `--yes` is given. In a script, where nobody could answer, the answer is yes. */
export async function confirm(question: string, args: Arguments, terminal: Terminal): Promise<boolean> {
  const isAsked = terminal.in.isTTY === true && terminal.err.isTTY === true && !args.flags.has('yes')
  if (!isAsked) return true
  const prompt = createInterface({ input: terminal.in, output: terminal.err })
  try {
    return /^y(es)?$/i.test((await prompt.question(`${question} [y/N] `, { signal: terminal.signal })).trim())
  } finally {
    prompt.close()
  }
}

import type { Warning } from '../../core/contract/search-request.ts'
import type { FilterProgress } from '../../core/engine/engine.ts'
import { PrismError } from '../../core/errors.ts'
import type { GoOnOptions } from '../../core/open/go-on.ts'
import { parseJsonText } from '../../core/schema/strict-json.ts'
import { systemClock } from '../../core/system-clock.ts'
import { type Arguments, type Options, usage } from '../terminal/arguments.ts'
import type { Terminal } from '../terminal/command.ts'
import { formatDuration, formatThings } from '../terminal/human-units.ts'
import { describeCounted, openProgressLine } from '../terminal/progress-bar.ts'
import { showWarnings } from '../terminal/show-warnings.ts'

/** Maximum number of failures that are shown individually. */
const FAILURES_SHOWN_MAX = 20

export const FILTER_OPTIONS: Options = {
  filter: { type: 'string', value: 'JSON', help: 'which documents, as in a search; {} for all' },
  cursor: { type: 'string', value: 'CURSOR', help: 'go on where an interrupted run ended, as it said' },
}

/** @throws {InvalidRequestError} unless the option is a JSON object */
export function readObject(args: Arguments, name: string): Readonly<Record<string, unknown>> {
  const text = args.strings[name]
  if (text === undefined) throw usage(`--${name} JSON is missing`)
  const value = parseJsonText(text, `--${name}`)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw usage(`--${name} must be a JSON object, got ${text.slice(0, 100)}`)
}

/** Quotes a word for a shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/** The given options for the location of the data. */
function placeWords({ strings }: Arguments): string {
  return ['data', 's3', 'table', 'url']
    .map((name) => (strings[name] === undefined ? '' : ` --${name} ${quote(strings[name])}`))
    .join('')
}

export type ByFilter<Answer extends FilterProgress> = {
  /** The command line to continue with, without the options for the location. */
  readonly command: string
  readonly run: (from: { readonly cursor?: string }, options: GoOnOptions<Answer>) => Promise<Answer>
  /** The outcome in a few words. */
  readonly tell: (answer: Answer) => string
  /** Warnings of the outcome, for people. */
  readonly warningsOf?: (answer: Answer) => readonly Warning[]
}

/**
 * Changes the documents that a filter accepts, and shows progress. After the first Ctrl-C or a failure, stops at a known
 * point and shows how to continue.
 */
export async function runByFilter<Answer extends FilterProgress>(
  args: Arguments,
  terminal: Terminal,
  { command, run, tell, warningsOf = () => [] }: ByFilter<Answer>,
): Promise<0 | 1> {
  const { cursor } = args.strings
  const bar = openProgressLine(terminal, systemClock, describeCounted)
  const startedMs = systemClock.monotonic()
  let soFar: Answer | undefined
  const onProgress = (answer: Answer) => {
    soFar = answer
    bar.draw({ done: answer.matched, total: answer.matched + answer.remaining })
  }
  const goOn = (from: string) => terminal.err.write(`to go on: ${command}${placeWords(args)} --cursor ${from}\n`)
  let answer: Answer
  try {
    answer = await run(cursor === undefined ? {} : { cursor }, { onProgress, signal: terminal.signal })
  } catch (error) {
    bar.clear()
    if (error instanceof PrismError && soFar !== undefined && soFar.cursor !== null) {
      showWarnings(terminal, warningsOf(soFar))
      terminal.err.write(`${tell(soFar)}, then it failed\n`)
      goOn(soFar.cursor)
    }
    throw error
  }
  bar.clear()
  if (args.flags.has('json')) terminal.out.write(`${JSON.stringify(answer)}\n`)
  else {
    showWarnings(terminal, warningsOf(answer))
    terminal.out.write(`${tell(answer)} in ${formatDuration(systemClock.monotonic() - startedMs)}\n`)
  }
  for (const { id, error } of answer.errors.slice(0, FAILURES_SHOWN_MAX))
    terminal.err.write(`${id}: ${error.message}\n`)
  if (answer.failed > 0) terminal.err.write(`${formatThings(answer.failed, 'document')} failed\n`)
  if (answer.cursor !== null) {
    terminal.err.write(`interrupted with ${formatThings(answer.remaining, 'document')} left\n`)
    goOn(answer.cursor)
  }
  return answer.failed > 0 || answer.cursor !== null ? 1 : 0
}

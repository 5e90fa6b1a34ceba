import type { Warning } from '../../core/contract/search-request.ts'
import { OutcomeUnknownError } from '../../core/errors.ts'
import type { BatchReport, ImportFailure } from '../../core/open/import-documents.ts'
import type { Terminal } from '../terminal/command.ts'
import { formatBytes, formatCount, formatDuration, formatThings } from '../terminal/human-units.ts'
import { showWarnings } from '../terminal/show-warnings.ts'

/** Maximum number of failed documents that are shown individually; the rest are counted. */
const FAILURES_SHOWN_MAX = 20
/** Maximum warnings of the whole import. */
const WARNINGS_MAX = 100

/** What the batches of an import have done so far. */
export type Totals = {
  indexed: number
  idsMade: number
  failed: number
  readonly warnings: Warning[]
  readonly failures: (ImportFailure & { file: string })[]
}

export function noTotals(): Totals {
  return { indexed: 0, idsMade: 0, failed: 0, warnings: [], failures: [] }
}

export function addUp(totals: Totals, report: BatchReport, file: string): void {
  totals.indexed += report.indexed
  totals.idsMade += report.ids_made
  totals.failed += report.failures.length
  for (const failure of report.failures) {
    if (totals.failures.length < FAILURES_SHOWN_MAX) totals.failures.push({ ...failure, file })
  }
  totals.warnings.push(...report.warnings.slice(0, WARNINGS_MAX - totals.warnings.length))
}

/** Adds a warning about a file, unless there are too many. */
export function note(totals: Totals, message: string): void {
  if (totals.warnings.length < WARNINGS_MAX) totals.warnings.push({ code: 'assumption', message })
}

export type Outcome = {
  readonly collection: string
  readonly durationMs: number
  readonly bytes: number
  /** How the command line that continues differs from this one. */
  readonly again: string
}

/** Shows the outcome of an import that has ended or was interrupted. */
export function showOutcome(
  totals: Totals,
  { collection, durationMs, bytes, again }: Outcome,
  terminal: Terminal,
  form: 'json' | 'text',
): void {
  const { indexed, idsMade, failed, failures, warnings } = totals
  const interrupted = terminal.signal.aborted
  if (form === 'json') {
    const counts = { indexed, ids_made: idsMade, failed, interrupted }
    const outcome = { collection, ...counts, took_ms: Math.round(durationMs), bytes_read: bytes }
    const errors = failures.map(({ file, place, id, error }) => ({ file, line: place, id, error }))
    const messages = warnings.map(({ message }) => message)
    terminal.out.write(`${JSON.stringify({ ...outcome, errors, warnings: messages })}\n`)
    return
  }
  showProblems(totals, terminal)
  const rate = formatCount(Math.round((indexed * 1000) / Math.max(durationMs, 1)))
  const facts = `${formatDuration(durationMs)}, ${rate} documents/s, ${formatBytes(bytes)} read`
  terminal.out.write(`${formatThings(indexed, 'document')} into ${collection} in ${facts}\n`)
  if (failed > 0) terminal.err.write(`${formatThings(failed, 'document')} failed\n`)
  if (interrupted) terminal.err.write(`interrupted: ${whatIsIn(totals, again)}\n`)
}

/** Shows what is in after an import that an error has ended. Says nothing if it is clear that nothing is. */
export function showStopped(totals: Totals, error: unknown, again: string, terminal: Terminal): void {
  showProblems(totals, terminal)
  const isInDoubt = error instanceof OutcomeUnknownError
  const doubt = isInDoubt ? '; whether the last batch is in as well is unknown' : ''
  if (totals.indexed > 0 || isInDoubt) terminal.err.write(`stopped by an error: ${whatIsIn(totals, again)}${doubt}\n`)
}

function showProblems({ warnings, failures, failed }: Totals, terminal: Terminal): void {
  showWarnings(terminal, warnings)
  for (const { file, place, error } of failures) terminal.err.write(`${file}:${place}: ${error.message}\n`)
  if (failed > failures.length) terminal.err.write(`… and ${formatCount(failed - failures.length)} more\n`)
}

/** How many documents are in, and what the same command would do with them. */
function whatIsIn({ indexed, idsMade }: Totals, again: string): string {
  if (indexed === 0) return 'no document is in'
  const are = `${formatThings(indexed, 'document')} ${indexed === 1 ? 'is' : 'are'} in`
  if (idsMade === 0) return `${are}; ${again} writes the rest, and no document twice`
  const which =
    idsMade === indexed ? 'none with an id of its own' : `${formatCount(idsMade)} without an id of their own`
  return `${are}, ${which}; ${again} would write those twice: import only the rest`
}

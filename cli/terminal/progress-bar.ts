import type { Clock } from '../../core/clock.ts'
import type { Terminal } from './command.ts'
import { formatBytes, formatCount, formatDuration } from './human-units.ts'

/** Minimum milliseconds between two redraws. */
const REDRAW_MS = 100
const BAR_WIDTH = 24

/** Progress of an import. `bytesTotal` is undefined if unknown. */
export type Progress = {
  readonly documents: number
  readonly bytesRead: number
  readonly bytesTotal: number | undefined
}

/** Progress of work on a known number of documents. */
export type CountedProgress = { readonly done: number; readonly total: number }

export type ProgressBar<P = Progress> = { readonly draw: (progress: P) => void; readonly clear: () => void }

/** A line that is redrawn on the terminal. Does nothing without a terminal. */
export function openProgressBar(terminal: Terminal, clock: Clock): ProgressBar {
  return openProgressLine(terminal, clock, describe)
}

/** Like {@link openProgressBar}, for any progress that `describe` can format. */
export function openProgressLine<P>(
  terminal: Terminal,
  clock: Clock,
  describe: (progress: P, elapsedMs: number) => string,
): ProgressBar<P> {
  if (!terminal.err.isTTY) return { draw: () => {}, clear: () => {} }
  const startedMs = clock.monotonic()
  let drawnMs = Number.NEGATIVE_INFINITY
  return {
    draw: (progress) => {
      const nowMs = clock.monotonic()
      if (nowMs - drawnMs < REDRAW_MS) return
      drawnMs = nowMs
      const line = describe(progress, nowMs - startedMs).slice(0, terminal.err.columns - 1)
      terminal.err.write(`\r\u001b[2K${line}`)
    },
    clear: () => terminal.err.write('\r\u001b[2K'),
  }
}

/** `[########----] 38 %  12,345 documents  8,210/s  4.1 MB/s  0:12 left`. */
export function describe({ documents, bytesRead, bytesTotal }: Progress, elapsedMs: number): string {
  const seconds = Math.max(elapsedMs, 1) / 1000
  const rates = `${formatCount(documents)} documents  ${formatCount(Math.round(documents / seconds))}/s  ${formatBytes(bytesRead / seconds)}/s`
  if (bytesTotal === undefined || bytesTotal === 0) return rates
  return withBar(Math.min(1, bytesRead / bytesTotal), rates, elapsedMs)
}

/** `[########----] 38 %  12,345 of 32,486 documents  8,210/s  0:12 left`. */
export function describeCounted({ done, total }: CountedProgress, elapsedMs: number): string {
  const rate = `${formatCount(Math.round((done * 1000) / Math.max(elapsedMs, 1)))}/s`
  const share = total === 0 ? 1 : Math.min(1, done / total)
  return withBar(share, `${formatCount(done)} of ${formatCount(total)} documents  ${rate}`, elapsedMs)
}

/** `[########----] 38 %  1.2 GB of 3.1 GB  210 MB/s  0:12 left`. */
export function describeBytes({ done, of }: { readonly done: number; readonly of: number }, elapsedMs: number): string {
  const rate = `${formatBytes((done * 1000) / Math.max(elapsedMs, 1))}/s`
  return withBar(
    of === 0 ? 0 : Math.min(1, done / of),
    `${formatBytes(done)} of ${formatBytes(of)}  ${rate}`,
    elapsedMs,
  )
}

function withBar(share: number, facts: string, elapsedMs: number): string {
  const filled = Math.round(share * BAR_WIDTH)
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}] ${Math.floor(share * 100)} %`
  const left = share === 0 ? '' : `  ${formatDuration((elapsedMs * (1 - share)) / share)} left`
  return `${bar}  ${facts}${left}`
}

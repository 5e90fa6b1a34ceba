import type { Clock, MonotonicMs } from '../../core/clock.ts'

/**
 * Milliseconds after the first signal in which another one is the same. The terminal sends Ctrl-C to npm and to its script,
 * and npm passes it on to the script once more.
 */
const SAME_MS = 500

/** Returns what handles each signal: the first stops the work, a second one ends the process at once. */
export function countSignals(clock: Clock, { stop, end }: { stop: () => void; end: () => void }): () => void {
  let firstMs: MonotonicMs | undefined
  return () => {
    if (firstMs === undefined) {
      firstMs = clock.monotonic()
      stop()
    } else if (clock.monotonic() - firstMs >= SAME_MS) end()
  }
}

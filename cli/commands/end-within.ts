import type { Clock } from '../../core/clock.ts'

/**
 * Waits a limited time for the last work of a process.
 *
 * @returns whether the work has ended in time
 * @throws the error of the work if it fails in time
 */
export async function endsWithin(work: Promise<unknown>, durationMs: number, clock: Clock): Promise<boolean> {
  const ended = new AbortController()
  try {
    return await Promise.race([
      work.then(() => true),
      clock.sleep(durationMs, ended.signal).then(
        () => false,
        () => true,
      ),
    ])
  } finally {
    ended.abort()
  }
}

import type { Clock } from '../../core/clock.ts'

/**
 * Waits for work that ends a process, but not for ever.
 *
 * @returns whether it has ended in time
 * @throws what the work fails with, in time
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

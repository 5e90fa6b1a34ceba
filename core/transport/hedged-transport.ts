import type { Clock } from '../clock.ts'
import { UnavailableError } from '../errors.ts'
import type { LeafTransport } from './leaf-transport.ts'

/** Maximum number of durations kept, and the minimum that hedging needs. */
const SAMPLES_MAX = 200
const SAMPLES_MIN = 20
const PERCENTILE = 0.95

/**
 * Repeats a request to a leaf if it takes longer than 95 % of the last requests, or fails, and returns the first answer.
 * Costs one extra request in twenty, and avoids the tail latency of slow instances and cold starts.
 *
 * Dean and Barroso, "The Tail at Scale", CACM 56(2), 2013.
 */
export function hedgedTransport(base: LeafTransport, clock: Clock): LeafTransport {
  const durations = new RecentDurations()
  return {
    size: base.size,
    async send(leaf, request, signal) {
      const settled = new AbortController()
      const either = AbortSignal.any([signal, settled.signal])
      const ask = async (): Promise<Uint8Array> => {
        const startedMs = clock.monotonic()
        const answer = await base.send(leaf, request, either)
        durations.add(clock.monotonic() - startedMs)
        return answer
      }
      const first = ask()
      const second = hedge(first, durations.percentile(PERCENTILE), { clock, signal: either, ask })
      try {
        return await Promise.any([first, second])
      } catch (error) {
        // Both have failed: the first failure is reported.
        throw error instanceof AggregateError ? error.errors[0] : error
      } finally {
        settled.abort()
      }
    },
  }
}

/** Waits until `first` fails or takes too long, then sends a second request. Never settles if `first` answers. */
async function hedge(
  first: Promise<Uint8Array>,
  afterMs: number | undefined,
  { clock, signal, ask }: { clock: Clock; signal: AbortSignal; ask: () => Promise<Uint8Array> },
): Promise<Uint8Array> {
  const failure = first.then(
    () => 'answered' as const,
    () => 'failed' as const,
  )
  const late = afterMs === undefined ? [] : [clock.sleep(afterMs, signal).then(() => 'late' as const)]
  const outcome = await Promise.race([failure, ...late])
  if (outcome !== 'answered' && !signal.aborted) return ask()
  throw new UnavailableError('leaf_failed', 'no second request was needed')
}

/** The last {@link SAMPLES_MAX} durations. */
class RecentDurations {
  readonly #samples: number[] = []
  #next = 0

  add(durationMs: number): void {
    this.#samples[this.#next] = durationMs
    this.#next = (this.#next + 1) % SAMPLES_MAX
  }

  /** @returns undefined while there are too few durations */
  percentile(share: number): number | undefined {
    if (this.#samples.length < SAMPLES_MIN) return undefined
    const sorted = [...this.#samples].sort((a, b) => a - b)
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  }
}

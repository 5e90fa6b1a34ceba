import type { Clock, EpochMs, MonotonicMs } from '../../core/clock.ts'

/** Most turns of the event loop that a sleeper waits. In a simulation the order of events matters, not the duration. */
const TURNS_MAX = 20

/** A clock that advances only when code sleeps, so that a simulation runs as fast as possible and always the same. */
export class TurnClock implements Clock {
  #monotonicMs: MonotonicMs = 0

  now(): EpochMs {
    return Date.UTC(2026, 0, 1) + this.#monotonicMs
  }

  monotonic(): MonotonicMs {
    return this.#monotonicMs
  }

  async sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    const turns = 1 + Math.min(TURNS_MAX, Math.ceil(durationMs))
    for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve))
    signal?.throwIfAborted()
    this.#monotonicMs += durationMs
  }
}

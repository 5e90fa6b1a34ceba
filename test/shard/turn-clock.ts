import type { Clock, EpochMs, MonotonicMs } from '../../core/clock.ts'

/** Turns of the event loop that a sleeper waits at most: order matters in a simulation, not duration. */
const TURNS_MAX = 20

/** Time that moves on only when somebody sleeps, so that a simulation runs as fast as it can and the same every time. */
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

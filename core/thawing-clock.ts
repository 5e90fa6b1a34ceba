import type { Clock, EpochMs, MonotonicMs } from './clock.ts'

/**
 * The clock of a process that may be frozen between invocations. Frozen, its
 * monotonic time may stand still while the world goes on, and what was cached
 * before would look fresh: each `thaw` moves it on by what it missed, as the wall
 * clock tells.
 *
 * A wall clock that was set back hides as much of the pause; one that was set
 * forward makes caches look older than they are, which costs a read.
 */
export class ThawingClock implements Clock {
  readonly #base: Clock
  #missedMs = 0
  /** Both times at the last `thaw`. */
  #wallMs: EpochMs
  #monotonicMs: MonotonicMs

  constructor(base: Clock) {
    this.#base = base
    this.#wallMs = base.now()
    this.#monotonicMs = base.monotonic()
  }

  now(): EpochMs {
    return this.#base.now()
  }

  monotonic(): MonotonicMs {
    return this.#base.monotonic() + this.#missedMs
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return this.#base.sleep(durationMs, signal)
  }

  /** Call it when an invocation begins, before anything reads the time. Never goes back. */
  thaw(): void {
    const wallMs = this.#base.now()
    const monotonicMs = this.#base.monotonic()
    this.#missedMs += Math.max(0, wallMs - this.#wallMs - (monotonicMs - this.#monotonicMs))
    this.#wallMs = wallMs
    this.#monotonicMs = monotonicMs
  }
}

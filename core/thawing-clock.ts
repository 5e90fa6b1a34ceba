import type { Clock, EpochMs, MonotonicMs } from './clock.ts'

/**
 * The clock of a process that may be frozen between invocations. While a process is frozen,
 * its monotonic time may stand still, and cached data would look fresh afterwards. Each `thaw`
 * adds the missed time, measured by the wall clock.
 *
 * If the wall clock was set back, that part of the pause is missed. If it was set forward,
 * caches look older than they are, which costs a read.
 */
export class ThawingClock implements Clock {
  readonly #base: Clock
  #missedMs = 0
  /** Wall-clock and monotonic time at the last `thaw`. */
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

  /** Adds the missed time. Must be called when an invocation begins, before anything reads the time. Time never goes back. */
  thaw(): void {
    const wallMs = this.#base.now()
    const monotonicMs = this.#base.monotonic()
    this.#missedMs += Math.max(0, wallMs - this.#wallMs - (monotonicMs - this.#monotonicMs))
    this.#wallMs = wallMs
    this.#monotonicMs = monotonicMs
  }
}

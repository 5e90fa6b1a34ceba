import type { Clock, MonotonicMs } from './clock.ts'

/** Milliseconds of work before other requests of the process get their turn. */
const SLICE_MS = 4

/** A request's turns on the thread: work in steps asks whether its turn is over, and then waits for the next one. */
export class TimeSlice {
  readonly #clock: Clock
  #endMs: MonotonicMs

  constructor(clock: Clock) {
    this.#clock = clock
    this.#endMs = clock.monotonic() + SLICE_MS
  }

  /** Whether others should get their turn. Costs a look at the clock: ask at steps of ten microseconds or more. */
  isOver(): boolean {
    return this.#clock.monotonic() >= this.#endMs
  }

  /** Resolves once everything that waits for the thread now has had its turn. */
  async next(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.#endMs = this.#clock.monotonic() + SLICE_MS
  }
}

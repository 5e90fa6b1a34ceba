import type { Clock, MonotonicMs } from './clock.ts'

/**
 * Milliseconds of stepwise work in one round of the event loop: the least, and the most. A small request waits for one
 * slice that has begun and for its own turn in the next round, and 50 ms in all are the bound.
 */
const SLICE_MS_MIN = 4
const SLICE_MS_MAX = 25

/** Calls a function after everything that now waits for the thread has run. */
export type Defer = (run: () => void) => void

type Waiting = { readonly turns: RequestTurns; readonly resume: () => void }

/**
 * Shares the thread of a process among requests that work in steps. All requests together have a slice of each round of the event
 * loop: as long as other work of the process took in the round before, so that half of a busy thread is theirs, but within
 * {@link SLICE_MS_MIN} and {@link SLICE_MS_MAX}. The remaining work waits. Each later round goes to the waiting requests that have used the least time so far, one
 * after another while the round lasts. So a small search waits for at most one turn of the other requests, however many they
 * are, and short pieces of work share a round, which other work of the process may make long.
 */
export class ThreadTurns {
  readonly #clock: Clock
  readonly #defer: Defer
  readonly #waiting: Waiting[] = []
  #beginMs: MonotonicMs = 0
  #endMs: MonotonicMs = 0
  /** What steps have used of the open round. */
  #usedMs = 0
  #isRoundOpen = false

  /** @param defer for tests: how to wait for the next round of the event loop */
  constructor(clock: Clock, defer: Defer = setImmediate) {
    this.#clock = clock
    this.#defer = defer
  }

  /** The turns of a new request. */
  ofRequest(): RequestTurns {
    return new RequestTurns(this, this.#clock)
  }

  /** Opens a round if none is open. For {@link RequestTurns} only. */
  open(): void {
    if (!this.#isRoundOpen) this.#beginRound(SLICE_MS_MIN)
  }

  /** Whether the time of the open round is used up. Reads the clock, so call it between steps of 10 µs or more. */
  isOver(): boolean {
    return this.#clock.monotonic() >= this.#endMs
  }

  /** Resolves when it is the request's turn. */
  next(turns: RequestTurns): Promise<void> {
    this.open()
    return new Promise((resume) => this.#waiting.push({ turns, resume }))
  }

  /** Gives the rest of the round to the next waiting request. For {@link RequestTurns} only. */
  passOn(): void {
    if (!this.isOver()) this.#takeLeast()?.resume()
  }

  /** Counts time that steps have used. For {@link RequestTurns} only. */
  spend(usedMs: number): void {
    this.#usedMs += usedMs
  }

  #beginRound(sliceMs: number): void {
    this.#isRoundOpen = true
    this.#usedMs = 0
    this.#beginMs = this.#clock.monotonic()
    this.#endMs = this.#beginMs + sliceMs
    this.#defer(() => {
      this.#isRoundOpen = false
      const least = this.#takeLeast()
      if (least === undefined) return
      const otherMs = this.#clock.monotonic() - this.#beginMs - this.#usedMs
      this.#beginRound(Math.min(Math.max(otherMs, SLICE_MS_MIN), SLICE_MS_MAX))
      least.resume()
    })
  }

  /** Removes the waiting request that has used the least time; among equals, the one that has waited longest. */
  #takeLeast(): Waiting | undefined {
    let least = 0
    for (const [i, { turns }] of this.#waiting.entries()) {
      if (turns.usedMs < this.#waiting[least]!.turns.usedMs) least = i
    }
    return this.#waiting.splice(least, 1)[0]
  }
}

/** The turns of one request. Several pieces of its work may be under way at once; the time of all of them counts. */
export class RequestTurns {
  readonly #turns: ThreadTurns
  readonly #clock: Clock
  #usedMs = 0

  constructor(turns: ThreadTurns, clock: Clock) {
    this.#turns = turns
    this.#clock = clock
  }

  /** Milliseconds of the thread's time that the request has used. */
  get usedMs(): number {
    return this.#usedMs
  }

  /**
   * Takes steps to their end, or as many as the current round has time for.
   *
   * @returns undefined if steps are left for {@link finish}
   */
  begin<R>(steps: Iterator<void, R>): { readonly value: R } | undefined {
    this.#turns.open()
    return this.#turns.isOver() ? undefined : this.#take(steps)
  }

  /**
   * Takes steps to their end, turn by turn.
   *
   * @param check is called before each turn; an error that it throws ends the work
   */
  async finish<R>(steps: Iterator<void, R>, check: () => void): Promise<R> {
    for (;;) {
      await this.#turns.next(this)
      try {
        check()
        const ended = this.#take(steps)
        if (ended !== undefined) return ended.value
      } finally {
        this.#turns.passOn()
      }
    }
  }

  #take<R>(steps: Iterator<void, R>): { readonly value: R } | undefined {
    const startMs = this.#clock.monotonic()
    try {
      for (;;) {
        const step = steps.next()
        if (step.done === true) return step
        if (this.#turns.isOver()) return undefined
      }
    } finally {
      const usedMs = this.#clock.monotonic() - startMs
      this.#usedMs += usedMs
      this.#turns.spend(usedMs)
    }
  }
}

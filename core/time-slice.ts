import type { Clock, MonotonicMs } from './clock.ts'

/** Milliseconds of work before other requests of the process get their turn. */
const SLICE_MS = 4

/** Calls a function after everything that waits for the thread now has had its turn. */
export type Defer = (run: () => void) => void

type Waiting = { readonly turns: RequestTurns; readonly resume: () => void }

/**
 * Shares the thread of a process out among requests that work in steps. All of them together have 4 ms in one round of the
 * event loop. Work that is left waits, and each later round goes to those waiting requests that have used least so far, one
 * after another for as long as it lasts. So a small search waits for one turn of the others at most, however many they are,
 * and short pieces of work share a round that other work of the process may make long.
 */
export class ThreadTurns {
  readonly #clock: Clock
  readonly #defer: Defer
  readonly #waiting: Waiting[] = []
  #endMs: MonotonicMs = 0
  #isRoundOpen = false

  /** @param defer for tests: how to wait for the next round of the event loop */
  constructor(clock: Clock, defer: Defer = setImmediate) {
    this.#clock = clock
    this.#defer = defer
  }

  /** The turns of one more request. */
  ofRequest(): RequestTurns {
    return new RequestTurns(this, this.#clock)
  }

  /** Opens a round if none is open. For {@link RequestTurns} alone. */
  open(): void {
    if (!this.#isRoundOpen) this.#beginRound()
  }

  /** Whether the time of the round that is open is used up. Costs a look at the clock: ask at steps of ten microseconds or more. */
  isOver(): boolean {
    return this.#clock.monotonic() >= this.#endMs
  }

  /** Resolves when a request's turn has come. */
  next(turns: RequestTurns): Promise<void> {
    this.open()
    return new Promise((resume) => this.#waiting.push({ turns, resume }))
  }

  /** Gives what is left of the round to the next who waits. For {@link RequestTurns} alone. */
  passOn(): void {
    if (!this.isOver()) this.#takeLeast()?.resume()
  }

  #beginRound(): void {
    this.#isRoundOpen = true
    this.#endMs = this.#clock.monotonic() + SLICE_MS
    this.#defer(() => {
      this.#isRoundOpen = false
      const least = this.#takeLeast()
      if (least === undefined) return
      this.#beginRound()
      least.resume()
    })
  }

  /** Takes out who has used least; of equals who has waited longest. */
  #takeLeast(): Waiting | undefined {
    let least = 0
    for (const [i, { turns }] of this.#waiting.entries()) {
      if (turns.usedMs < this.#waiting[least]!.turns.usedMs) least = i
    }
    return this.#waiting.splice(least, 1)[0]
  }
}

/** The turns of one request. Several pieces of its work may be under way at once: all count as its own. */
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
   * Takes steps to their end, or as many as this round has time for.
   *
   * @returns undefined if steps are left: {@link finish} takes them
   */
  begin<R>(steps: Iterator<void, R>): { readonly value: R } | undefined {
    this.#turns.open()
    return this.#turns.isOver() ? undefined : this.#take(steps)
  }

  /**
   * Takes steps to their end, turn by turn.
   *
   * @param check called before each turn; what it throws ends the work
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
      this.#usedMs += this.#clock.monotonic() - startMs
    }
  }
}

import type { Clock, MonotonicMs } from '../clock.ts'
import { UnavailableError } from '../errors.ts'
import { type RequestTurns, ThreadTurns } from '../time-slice.ts'

/** How late a deadline may be noticed. */
const TICK_MS = 25

type Deadline = { readonly atMs: MonotonicMs; readonly passed: () => void }

/** A deadline under way: `passed` resolves when it is over. Work that ends earlier releases it. */
export type SetDeadline = {
  readonly durationMs: number
  readonly passed: Promise<'late'>
  remainingMs(): number
  release(): void
}

/**
 * Deadlines of many requests at once, noticed by one timer that only runs while
 * there are any: most requests are over long before, and a timer of their own
 * would cost a warm search more than its scoring.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #pending = new Set<Deadline>()
  readonly #turns: ThreadTurns
  #isTicking = false

  constructor(clock: Clock, turns = new ThreadTurns(clock)) {
    this.#clock = clock
    this.#turns = turns
  }

  after(durationMs: number): SetDeadline {
    const atMs = this.#clock.monotonic() + durationMs
    let deadline: Deadline | undefined
    const passed = new Promise<'late'>((resolve) => {
      deadline = { atMs, passed: () => resolve('late') }
      this.#pending.add(deadline)
    })
    if (!this.#isTicking) void this.#tick()
    return {
      durationMs,
      passed,
      remainingMs: () => Math.max(0, atMs - this.#clock.monotonic()),
      release: () => this.#pending.delete(deadline!),
    }
  }

  /** The turns of one more request on the thread. */
  turnsOfRequest(): RequestTurns {
    return this.#turns.ofRequest()
  }

  async #tick(): Promise<void> {
    this.#isTicking = true
    while (this.#pending.size > 0) {
      await this.#clock.sleep(TICK_MS)
      const now = this.#clock.monotonic()
      for (const deadline of this.#pending) {
        if (deadline.atMs > now) continue
        this.#pending.delete(deadline)
        deadline.passed()
      }
    }
    this.#isTicking = false
  }
}

/** What is awaited, unless the deadline passes first. @throws {UnavailableError} 'shard_timeout' if it does */
export async function beforeDeadline<T>({ passed, durationMs }: SetDeadline, awaited: Promise<T>): Promise<T> {
  const outcome = await Promise.race([awaited.then((value) => ({ value })), passed])
  if (outcome === 'late') throw shardTimeout(durationMs)
  return outcome.value
}

/** The error of a shard that did not answer by its deadline. */
export function shardTimeout(durationMs: number): UnavailableError {
  return new UnavailableError('shard_timeout', `no answer within ${Math.ceil(durationMs)} ms`)
}

import type { Clock, MonotonicMs } from '../clock.ts'
import { UnavailableError } from '../errors.ts'
import { type RequestTurns, ThreadTurns } from '../time-slice.ts'

/** How often the timer checks, so how late it may notice a deadline or that a client has gone. */
const TICK_MS = 25

type Pending = {
  readonly atMs: MonotonicMs
  readonly signal: AbortSignal | undefined
  readonly pass: () => void
}

/** A running deadline. Work that ends before the deadline releases it. */
export type Deadline = {
  readonly durationMs: number
  /** Resolves when the time is over, or when nobody waits any longer. */
  readonly passed: Promise<'late'>
  remainingMs(): number
  release(): void
}

/**
 * The deadlines of many requests, which share one timer. The timer runs only while a deadline is pending.
 * Most requests end long before their deadline, and a timer per request would cost a warm search more than its scoring.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #pending = new Set<Pending>()
  readonly #turns: ThreadTurns
  #isTicking = false

  constructor(clock: Clock, turns = new ThreadTurns(clock)) {
    this.#clock = clock
    this.#turns = turns
  }

  /** @param signal aborted when nobody waits any longer: the deadline then passes within {@link TICK_MS} */
  after(durationMs: number, signal?: AbortSignal): Deadline {
    const atMs = this.#clock.monotonic() + durationMs
    let pending: Pending | undefined
    const passed = new Promise<'late'>((resolve) => {
      pending = { atMs, signal, pass: () => resolve('late') }
      this.#pending.add(pending)
    })
    if (!this.#isTicking) void this.#tick()
    return {
      durationMs,
      passed,
      remainingMs: () => Math.max(0, atMs - this.#clock.monotonic()),
      release: () => this.#pending.delete(pending!),
    }
  }

  /** Registers a request with the thread and returns its turns. */
  turnsOfRequest(): RequestTurns {
    return this.#turns.ofRequest()
  }

  async #tick(): Promise<void> {
    this.#isTicking = true
    while (this.#pending.size > 0) {
      await this.#clock.sleep(TICK_MS)
      const now = this.#clock.monotonic()
      for (const pending of this.#pending) {
        if (pending.atMs > now && !pending.signal?.aborted) continue
        this.#pending.delete(pending)
        pending.pass()
      }
    }
    this.#isTicking = false
  }
}

/** Awaits a promise until a deadline. @throws {UnavailableError} 'shard_timeout' if the deadline passes first */
export async function beforeDeadline<T>({ passed, durationMs }: Deadline, awaited: Promise<T>): Promise<T> {
  const outcome = await Promise.race([awaited.then((value) => ({ value })), passed])
  if (outcome === 'late') throw shardTimeout(durationMs)
  return outcome.value
}

/** The error for a shard that did not answer before its deadline. */
export function shardTimeout(durationMs: number): UnavailableError {
  return new UnavailableError('shard_timeout', `no answer within ${Math.ceil(durationMs)} ms`)
}

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

/** A deadline that can say what was late. */
export type NamedDeadline = Deadline & { late(): UnavailableError }

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

/** Awaits a promise until a deadline. @throws {UnavailableError} what the deadline says if it passes first */
export async function beforeDeadline<T>({ passed, late }: NamedDeadline, awaited: Promise<T>): Promise<T> {
  const outcome = await Promise.race([awaited.then((value) => ({ value })), passed])
  if (outcome === 'late') throw late()
  return outcome.value
}

/** How long a shard was waited for, and what for. */
export type Waited = {
  readonly waitedFor: string
  readonly durationMs: number
  /** The time of the whole search, of which each stage gets a part. */
  readonly limitMs: number
  /** The setting that gives a search more time, if one does. */
  readonly setting: string | undefined
}

/** The error for a shard that did not answer before its deadline. */
export function shardTimeout({ waitedFor, durationMs, limitMs, setting }: Waited): UnavailableError {
  const [duration, limit] = [Math.ceil(durationMs), Math.ceil(limitMs)]
  const time = duration < limit ? `${duration} of ${limit} ms` : `${limit} ms`
  const hint = setting === undefined ? '' : `; a larger ${setting} allows more`
  return new UnavailableError('shard_timeout', `no answer within ${time}, waiting for ${waitedFor}${hint}`)
}

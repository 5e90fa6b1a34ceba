import { setMaxListeners } from 'node:events'
import { assert } from './assert.ts'
import type { Clock, MonotonicMs } from './clock.ts'
import { UnavailableError } from './errors.ts'

/**
 * When the work of this process must have ended, retries included. A process
 * that runs on has no such moment; an invocation of a function has, and a function
 * serves one invocation at a time, so that one limit per process is enough.
 */
export interface TimeLimit {
  /** What is left: Infinity without a limit, 0 or less once it is over. */
  remainingMs(): number
  /** Aborted once the limit is over; undefined without one. Every invocation has its own: ask again for each request. */
  readonly signal: AbortSignal | undefined
}

/** Of processes that run on. */
export const NO_LIMIT: TimeLimit = { remainingMs: () => Number.POSITIVE_INFINITY, signal: undefined }

/** The limit of a function's invocations, one after the other. Before the first begins there is none. */
export class InvocationLimit implements TimeLimit {
  readonly #clock: Clock
  #untilMs: MonotonicMs = Number.POSITIVE_INFINITY
  #over: AbortController | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get signal(): AbortSignal | undefined {
    return this.#over?.signal
  }

  remainingMs(): number {
    return this.#untilMs - this.#clock.monotonic()
  }

  /**
   * Begins an invocation whose work must have ended by then, and ends the former
   * one. One timer serves all its requests.
   */
  begin(untilMs: MonotonicMs): void {
    assert(Number.isFinite(untilMs), 'an invocation ends')
    this.end()
    const over = new AbortController()
    // All requests under way listen, which is no leak: each lets go when it is done.
    setMaxListeners(0, over.signal)
    this.#over = over
    this.#untilMs = untilMs
    this.#clock.sleep(Math.max(0, this.remainingMs()), over.signal).then(
      () => over.abort(),
      () => undefined,
    )
  }

  /** Ends the invocation under way and cuts off what still runs of it, so that it takes no time from the next. */
  end(): void {
    if (this.#over === undefined) return
    this.#untilMs = Number.NEGATIVE_INFINITY
    this.#over.abort()
  }
}

/** What was not done, or not waited for, because the time for it is over. Says nothing of whether it happened. */
export function deadlineExceeded(what: string, options: { readonly cause?: unknown } = {}): UnavailableError {
  return new UnavailableError('deadline_exceeded', `${what}: no time is left for it`, options)
}

/**
 * Waits for a request until the limit is over, and hands it the signal to cut
 * itself off by. Without a limit it costs nothing.
 *
 * @throws {UnavailableError} 'deadline_exceeded' at that moment, even if the request ignores the signal
 */
export function withinLimit<T>(
  limit: TimeLimit,
  what: () => string,
  request: (signal?: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal } = limit
  if (signal === undefined) return request()
  if (signal.aborted) return Promise.reject(deadlineExceeded(what()))
  return new Promise((resolve, reject) => {
    const onOver = () => reject(deadlineExceeded(what()))
    signal.addEventListener('abort', onOver, { once: true })
    void request(signal)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', onOver))
  })
}

/** Sleeps as a clock does, but never past the limit. */
export async function sleepWithin(
  { clock, timeLimit = NO_LIMIT }: { readonly clock: Clock; readonly timeLimit?: TimeLimit },
  durationMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const boundMs = Math.min(durationMs, timeLimit.remainingMs())
  if (boundMs > 0) await clock.sleep(boundMs, signal)
}

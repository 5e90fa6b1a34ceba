import { setMaxListeners } from 'node:events'
import { assert } from './assert.ts'
import type { Clock, MonotonicMs } from './clock.ts'
import { UnavailableError } from './errors.ts'

/**
 * The time by which the work of this process must end, including retries. Long-running processes
 * have no limit. Invocations of functions have one; a function serves one invocation at a
 * time, so one limit per process is enough.
 */
export interface TimeLimit {
  /** Remaining time in milliseconds: Infinity without a limit, 0 or less after it. */
  remainingMs(): number
  /** Is aborted at the limit; undefined without a limit. Each invocation has its own signal, so read it again for each request. */
  readonly signal: AbortSignal | undefined
}

/** For long-running processes. */
export const NO_LIMIT: TimeLimit = { remainingMs: () => Number.POSITIVE_INFINITY, signal: undefined }

/** The limit of a function's invocations, one after another. There is no limit before the first. */
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
   * Ends the previous invocation, and begins one whose work must end by `untilMs`. One timer
   * serves all its requests.
   */
  begin(untilMs: MonotonicMs): void {
    assert(Number.isFinite(untilMs), 'an invocation ends')
    this.end()
    const over = new AbortController()
    // Every request under way adds a listener. That is not a leak, because each removes its listener when it is done.
    setMaxListeners(0, over.signal)
    this.#over = over
    this.#untilMs = untilMs
    this.#clock.sleep(Math.max(0, this.remainingMs()), over.signal).then(
      () => over.abort(),
      () => undefined,
    )
  }

  /** Ends the current invocation and aborts its remaining work, which would take time from the next. */
  end(): void {
    if (this.#over === undefined) return
    this.#untilMs = Number.NEGATIVE_INFINITY
    this.#over.abort()
  }
}

/** The error for work that was not done, or not waited for, because the time is over. The work may still happen. */
export function deadlineExceeded(what: string, options: { readonly cause?: unknown } = {}): UnavailableError {
  return new UnavailableError('deadline_exceeded', `${what}: no time is left for it`, options)
}

/**
 * Waits for a request until the limit, and passes the limit's signal to it. Costs nothing
 * without a limit.
 *
 * @throws {UnavailableError} 'deadline_exceeded' at the limit, even if the request ignores the signal
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

/** Sleeps, but not beyond the limit. */
export async function sleepWithin(
  { clock, timeLimit = NO_LIMIT }: { readonly clock: Clock; readonly timeLimit?: TimeLimit },
  durationMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const boundMs = Math.min(durationMs, timeLimit.remainingMs())
  if (boundMs > 0) await clock.sleep(boundMs, signal)
}

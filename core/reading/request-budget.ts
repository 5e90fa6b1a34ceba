import { LimitExceededError } from '../errors.ts'
import { MemoryAllowance } from '../memory-allowance.ts'
import type { RequestTurns } from '../time-slice.ts'
import type { Deadlines } from './deadlines.ts'

/** Milliseconds of the thread's time that the searches of one request may use: several times what ordinary deadlines leave them. */
const REQUEST_THREAD_MS_MAX = 30_000

/** What the searches of one request may hold and use together. */
export class RequestBudget {
  readonly memory: MemoryAllowance
  readonly #threadMsMax: number
  #turns: RequestTurns | undefined

  /** Both bounds are for tests. */
  constructor(memory = new MemoryAllowance(), threadMsMax = REQUEST_THREAD_MS_MAX) {
    this.memory = memory
    this.#threadMsMax = threadMsMax
  }

  /** The request's turns on the thread: the same ones for all of its searches. */
  turnsOf(deadlines: Deadlines): RequestTurns {
    this.#turns ??= deadlines.turnsOfRequest()
    return this.#turns
  }

  /** @throws {LimitExceededError} 'budget_exceeded' if the request has used too much of the thread's time */
  checkTime(): void {
    if (this.#turns === undefined || this.#turns.usedMs <= this.#threadMsMax) return
    const message = `a request may use ${this.#threadMsMax} ms of a processor for its searches: ask for less at once`
    throw new LimitExceededError('budget_exceeded', message, {
      details: { limit: 'thread_ms', maximum: this.#threadMsMax },
    })
  }
}

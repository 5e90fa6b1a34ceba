import { LimitExceededError } from '../errors.ts'
import { MemoryAllowance } from '../memory-allowance.ts'
import type { RequestTurns } from '../time-slice.ts'
import type { Deadlines } from './deadlines.ts'

/** Milliseconds of thread time that the searches of one request may use: several times what ordinary deadlines allow. */
const REQUEST_THREAD_MS_MAX = 30_000

/** The memory and thread time that the searches of one request share. */
export class RequestBudget {
  readonly memory: MemoryAllowance
  readonly #threadMsMax: number
  #turns: RequestTurns | undefined

  /** Tests pass smaller bounds. */
  constructor(memory = new MemoryAllowance(), threadMsMax = REQUEST_THREAD_MS_MAX) {
    this.memory = memory
    this.#threadMsMax = threadMsMax
  }

  /** The request's turns on the thread, which all of its searches share. */
  turnsOf(deadlines: Deadlines): RequestTurns {
    this.#turns ??= deadlines.turnsOfRequest()
    return this.#turns
  }

  /** @throws {LimitExceededError} 'budget_exceeded' if the request has used too much thread time */
  checkTime(): void {
    if (this.#turns === undefined || this.#turns.usedMs <= this.#threadMsMax) return
    const message = `the searches of a request may use ${this.#threadMsMax} ms of processor time: request less at once`
    throw new LimitExceededError('budget_exceeded', message, {
      details: { limit: 'thread_ms', maximum: this.#threadMsMax },
    })
  }
}

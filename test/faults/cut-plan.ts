import { UnavailableError } from '../../core/errors.ts'
import type { RequestPlan } from './fault-plan.ts'

/**
 * A process that ends in the middle: its first requests are done, and from then
 * on none is, nor is any reply heard. With `isDone` the one it ends at is done, but its reply is lost.
 */
export class CutPlan implements RequestPlan {
  /** Requests made so far, by what they were about: those that came after the end too. */
  readonly log: string[] = []
  readonly #after: number
  readonly #isDone: boolean

  constructor(after: number, { isDone = false } = {}) {
    this.#after = after
    this.#isDone = isDone
  }

  /** Whether the process came to its end. */
  get isCut(): boolean {
    return this.log.length > this.#after
  }

  async run<T>(what: string, request: () => Promise<T>): Promise<T> {
    const number = this.log.push(what) - 1
    if (number < this.#after) return request()
    if (number === this.#after && this.#isDone) await request()
    throw new UnavailableError('injected_end', `${what} came after the process's end`)
  }

  happens(): boolean {
    return false
  }
}

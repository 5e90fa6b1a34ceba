import { UnavailableError } from '../../core/errors.ts'
import type { RequestPlan } from './fault-plan.ts'

/**
 * A process that ends in the middle: its first requests are done, later ones are neither done nor
 * answered. With `isDone` the request at which it ends is done, but its reply is lost.
 */
export class CutPlan implements RequestPlan {
  /** Descriptions of all requests so far, including those after the end. */
  readonly log: string[] = []
  readonly #after: number
  readonly #isDone: boolean

  constructor(after: number, { isDone = false } = {}) {
    this.#after = after
    this.#isDone = isDone
  }

  /** Whether the process has ended. */
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

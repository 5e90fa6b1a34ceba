import { UnavailableError } from '../errors.ts'

/** Bytes of documents that a process takes on before the earlier ones are written. */
export const QUEUED_BYTES_MAX = 96 * 1024 * 1024

/** What all writes of a process may hold in memory together, so that a flood is turned away instead of sinking it. */
export class WriteBudget {
  readonly #max: number
  #taken = 0

  constructor(max: number = QUEUED_BYTES_MAX) {
    this.#max = max
  }

  /**
   * Takes a share. A single batch over the maximum is let in when nothing else is there.
   *
   * @throws {UnavailableError} 'overloaded'
   */
  take(byteSize: number): void {
    if (this.#taken > 0 && this.#taken + byteSize > this.#max) {
      throw new UnavailableError(
        'overloaded',
        `writes under way hold ${this.#taken} bytes, and ${byteSize} more would pass ${this.#max}: try again shortly`,
        { details: { limit: this.#max } },
      )
    }
    this.#taken += byteSize
  }

  give(byteSize: number): void {
    this.#taken -= byteSize
  }
}

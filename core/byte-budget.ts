import { UnavailableError } from './errors.ts'

/** Bytes of documents that may wait in a process to be written. */
export const QUEUED_BYTES_MAX = 96 * 1024 * 1024

/** Limits the memory that all work of one kind holds, so that a flood of requests is refused instead of exhausting the process. */
export class ByteBudget {
  readonly max: number
  readonly #what: string
  #taken = 0

  /** @param what names the work in errors */
  constructor(max: number = QUEUED_BYTES_MAX, what = 'writes under way') {
    this.max = max
    this.#what = what
  }

  /** Number of bytes taken. */
  get taken(): number {
    return this.#taken
  }

  /**
   * Takes bytes. Work larger than the maximum is accepted if nothing else is taken.
   *
   * @param leave bytes that have to stay free for other work
   * @throws {UnavailableError} 'overloaded'
   */
  take(byteSize: number, leave = 0): void {
    if (this.#taken > 0 && this.#taken + byteSize > this.max - leave) {
      throw new UnavailableError(
        'overloaded',
        `${this.#what} hold ${this.#taken} bytes, and ${byteSize} more would pass ${this.max - leave}: try again shortly`,
        { details: { limit: this.max } },
      )
    }
    this.#taken += byteSize
  }

  give(byteSize: number): void {
    this.#taken -= byteSize
  }
}

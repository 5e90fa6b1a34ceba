import { UnavailableError } from './errors.ts'

/** Bytes of documents that a process takes on before the earlier ones are written. */
export const QUEUED_BYTES_MAX = 96 * 1024 * 1024

/** What all work of one kind may hold in memory together, so that a flood is turned away instead of sinking the process. */
export class ByteBudget {
  readonly max: number
  readonly #what: string
  #taken = 0

  /** @param what is counted, for the message of a refusal */
  constructor(max: number = QUEUED_BYTES_MAX, what = 'writes under way') {
    this.max = max
    this.#what = what
  }

  /** Bytes that are taken now. */
  get taken(): number {
    return this.#taken
  }

  /**
   * Takes a share. A single one over the maximum is let in when nothing else is there.
   *
   * @param leave bytes that have to stay free for others
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

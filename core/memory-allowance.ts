import { LimitExceededError } from './errors.ts'

/** Bytes of memory that the searches of one request may hold, not counting caches and the documents of the answer. */
const REQUEST_BYTES_MAX = 256 * 1024 * 1024

/** Counts the memory that the searches of one request hold: sets of documents, windows of scores, expanded words, candidates. */
export class MemoryAllowance {
  readonly #bytesMax: number
  #taken = 0

  constructor(bytesMax = REQUEST_BYTES_MAX) {
    this.#bytesMax = bytesMax
  }

  /** Number of bytes taken. */
  get taken(): number {
    return this.#taken
  }

  /** Takes bytes. @throws {LimitExceededError} 'budget_exceeded' if the request would hold too many; nothing is taken then */
  take(byteSize: number): void {
    if (this.#taken + byteSize > this.#bytesMax) {
      const message = `the searches of a request may hold ${this.#bytesMax} bytes of memory: request less at once`
      throw new LimitExceededError('budget_exceeded', message, {
        details: { limit: 'request_bytes', maximum: this.#bytesMax },
      })
    }
    this.#taken += byteSize
  }

  give(byteSize: number): void {
    this.#taken -= byteSize
  }
}

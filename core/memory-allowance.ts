import { LimitExceededError } from './errors.ts'

/** Memory that one request may hold for its searches, besides what caches hold and the documents that it answers. */
const REQUEST_BYTES_MAX = 256 * 1024 * 1024

/** Counts what the searches of one request hold: sets of documents, windows of scores, expanded words, candidates. */
export class MemoryAllowance {
  readonly #bytesMax: number
  #taken = 0

  constructor(bytesMax = REQUEST_BYTES_MAX) {
    this.#bytesMax = bytesMax
  }

  /** Bytes that are held now. */
  get taken(): number {
    return this.#taken
  }

  /** @throws {LimitExceededError} 'budget_exceeded' if the request would hold too much; then nothing is taken */
  take(byteSize: number): void {
    if (this.#taken + byteSize > this.#bytesMax) {
      const message = `a request may hold ${this.#bytesMax} bytes of memory while it searches: ask for less at once`
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

import { LimitExceededError } from '../errors.ts'

/** Most stored bytes of the documents of one answer. */
export const ANSWER_BYTES_MAX = 32 * 1024 * 1024
/** Documents that are read before their sizes are looked at: 64 MB at most, because one has 1 MB at most. */
export const READ_AT_ONCE = 64

/** Counts the stored bytes of the documents of one answer. */
export class AnswerBytes {
  #left = ANSWER_BYTES_MAX

  /** @throws {LimitExceededError} 'answer_too_large' */
  take(byteSize: number): void {
    this.#left -= byteSize
    if (this.#left >= 0) return
    const message = `the documents of an answer may have ${ANSWER_BYTES_MAX} bytes at most: ask for fewer of them at once`
    throw new LimitExceededError('answer_too_large', message, {
      details: { limit: 'answer_bytes', maximum: ANSWER_BYTES_MAX },
    })
  }

  give(byteSize: number): void {
    this.#left += byteSize
  }
}

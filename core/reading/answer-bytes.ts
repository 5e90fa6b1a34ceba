import { LimitExceededError } from '../errors.ts'

/** Maximum stored bytes of the documents in one answer. */
export const ANSWER_BYTES_MAX = 32 * 1024 * 1024
/** Documents read before their sizes are counted: at most 64 MB, because a document has at most 1 MB. */
export const READ_AT_ONCE = 64

/** Counts the stored bytes of the documents in one answer. */
export class AnswerBytes {
  #left = ANSWER_BYTES_MAX

  /** @throws {LimitExceededError} 'answer_too_large' */
  take(byteSize: number): void {
    this.#left -= byteSize
    if (this.#left >= 0) return
    const message = `the documents of an answer may have at most ${ANSWER_BYTES_MAX} bytes: request fewer documents at once`
    throw new LimitExceededError('answer_too_large', message, {
      details: { limit: 'answer_bytes', maximum: ANSWER_BYTES_MAX },
    })
  }

  give(byteSize: number): void {
    this.#left += byteSize
  }
}

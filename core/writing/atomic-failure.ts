import type { PrismError } from '../errors.ts'
import type { DocumentFailure } from './write-result.ts'

/** The error of an atomic request of `count` operations, `failed` of which failed. */
export function failureOfAtomic({ error, position }: DocumentFailure, failed: number, count: number): PrismError {
  const message = `operation ${position} of ${count}: ${error.message}; nothing was written, because the batch is atomic`
  const details = { ...error.details, position, failed }
  const Class = error.constructor as new (code: string, message: string, options: object) => PrismError
  return new Class(error.code, message, { details, cause: error })
}

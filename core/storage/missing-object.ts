import { CorruptDataError, NotFoundError } from '../errors.ts'

/** Whether an error says that a store does not have an object. */
export function isMissingObject(error: unknown): error is NotFoundError {
  return error instanceof NotFoundError && error.code === 'object_not_found'
}

/**
 * What a missing object means once it is certain that garbage collection did not take it: a version that is kept
 * names it, so it is lost, and asking again will not help.
 */
export function lostObject(missing: NotFoundError): CorruptDataError {
  return new CorruptDataError('object_lost', `${missing.message}, and a version that is kept names it`, {
    cause: missing,
  })
}

import { CorruptDataError, NotFoundError } from '../errors.ts'

/** Whether an error means that an object is missing from a store. */
export function isMissingObject(error: unknown): error is NotFoundError {
  return error instanceof NotFoundError && error.code === 'object_not_found'
}

/**
 * The error for a missing object that a kept version names. Garbage collection has not removed the object, so it is lost and
 * a retry does not help.
 */
export function lostObject(missing: NotFoundError): CorruptDataError {
  return new CorruptDataError('object_lost', `${missing.message}, and a version that is kept names it`, {
    cause: missing,
  })
}

/**
 * Stops at a broken invariant of our own. Stays on in production; what users
 * send gets an InvalidRequestError instead, and stored bytes a CorruptDataError.
 */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${invariant}`)
}

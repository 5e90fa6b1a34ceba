/**
 * Throws if an invariant of Prism's own code is broken. Stays on in production. For invalid
 * input of users throw an InvalidRequestError instead, for invalid stored bytes a CorruptDataError.
 */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${invariant}`)
}

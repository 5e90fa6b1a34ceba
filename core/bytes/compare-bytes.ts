/**
 * Compares `a` with `b[start, end)` as unsigned bytes, which for UTF-8 is the order of code points.
 *
 * @returns negative if `a` is before, 0 if they are equal, positive if `a` is after
 */
export function compareToSpan(a: Uint8Array, b: Uint8Array, start: number, end: number): number {
  const shared = Math.min(a.length, end - start)
  for (let i = 0; i < shared; i++) {
    const difference = a[i]! - b[start + i]!
    if (difference !== 0) return difference
  }
  return a.length - (end - start)
}

/** Length of the longest common prefix of `a` and `b[0, bLength)`. */
export function sharedPrefix(a: Uint8Array, b: Uint8Array, bLength = b.length): number {
  const limit = Math.min(a.length, bLength)
  let shared = 0
  while (shared < limit && a[shared] === b[shared]) shared++
  return shared
}

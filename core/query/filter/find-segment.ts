/** Code points; in what is looked for, negative ones stand for any. */
export type Points = readonly number[]

/** Finds what it was made for in `points[from, end)`. @returns the place after its first occurrence, or -1 */
export type SegmentFinder = (points: Points, from: number, end: number) => number

/**
 * Makes a finder by the Shift-And method (Baeza-Yates and Gonnet, "A new approach to text searching", 1992): bit i of the state
 * says that the last i + 1 points are the segment's first, so that no point is looked at twice.
 *
 * @param segment at least one point
 */
export function findSegment(segment: Points): SegmentFinder {
  const wordCount = Math.ceil(segment.length / 32)
  const { masks, other } = masksOf(segment, wordCount)
  const state = new Uint32Array(wordCount)
  const lastWord = wordCount - 1
  const lastBit = 1 << ((segment.length - 1) & 31)
  return (points, from, end) => {
    state.fill(0)
    for (let i = from; i < end; i++) {
      const mask = masks.get(points[i]!) ?? other
      let carry = 1
      for (let w = 0; w < wordCount; w++) {
        const before = state[w]!
        state[w] = ((before << 1) | carry) & mask[w]!
        carry = before >>> 31
      }
      if ((state[lastWord]! & lastBit) !== 0) return i + 1
    }
    return -1
  }
}

/** For each point of the segment the places that it fits, a bit each; `other` for all other points. */
function masksOf(segment: Points, wordCount: number): { masks: Map<number, Uint32Array>; other: Uint32Array } {
  const other = new Uint32Array(wordCount)
  for (const [i, point] of segment.entries()) if (point < 0) other[i >>> 5]! |= 1 << (i & 31)
  const masks = new Map<number, Uint32Array>()
  for (const [i, point] of segment.entries()) {
    if (point < 0) continue
    const mask = masks.get(point) ?? other.slice()
    masks.set(point, mask)
    mask[i >>> 5]! |= 1 << (i & 31)
  }
  return { masks, other }
}

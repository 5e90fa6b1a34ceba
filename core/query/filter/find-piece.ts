/** Code points. In a piece of a pattern, a negative number matches any code point. */
export type Points = readonly number[]

/** Finds one piece in `points[from, end)`. @returns the position after its first occurrence, or -1 */
export type PieceFinder = (points: Points, from: number, end: number) => number

/**
 * Makes a finder by the Shift-And method (Baeza-Yates and Gonnet, "A new approach to text searching", 1992). Bit i of the state
 * is set if the last i + 1 points match the first i + 1 points of the piece, so every point is read once.
 *
 * @param piece at least one point
 */
export function pieceFinder(piece: Points): PieceFinder {
  const wordCount = Math.ceil(piece.length / 32)
  const { masks, other } = masksOf(piece, wordCount)
  const state = new Uint32Array(wordCount)
  const lastWord = wordCount - 1
  const lastBit = 1 << ((piece.length - 1) & 31)
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

/** For each point, a mask with one bit per position of the piece that the point matches; `other` is the mask of all other points. */
function masksOf(piece: Points, wordCount: number): { masks: Map<number, Uint32Array>; other: Uint32Array } {
  const other = new Uint32Array(wordCount)
  for (const [i, point] of piece.entries()) if (point < 0) other[i >>> 5]! |= 1 << (i & 31)
  const masks = new Map<number, Uint32Array>()
  for (const [i, point] of piece.entries()) {
    if (point < 0) continue
    const mask = masks.get(point) ?? other.slice()
    masks.set(point, mask)
    mask[i >>> 5]! |= 1 << (i & 31)
  }
  return { masks, other }
}

/**
 * Edits that make one word of another, up to `max`: a code point inserted,
 * deleted or replaced, or two neighbours swapped (optimal string alignment).
 *
 * @returns the distance, or `max + 1` if it is greater than `max`
 */
export function editDistance(a: readonly number[], b: readonly number[], max: number): number {
  if (Math.abs(a.length - b.length) > max) return max + 1
  let beforeLast = new Array<number>(b.length + 1).fill(0)
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = new Array<number>(b.length + 1).fill(max + 1)
    row[0] = i
    let least = i
    for (let j = Math.max(1, i - max); j <= Math.min(b.length, i + max); j++) {
      const replace = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      let edits = Math.min(replace, last[j]! + 1, row[j - 1]! + 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) edits = Math.min(edits, beforeLast[j - 2]! + 1)
      row[j] = Math.min(edits, max + 1)
      least = Math.min(least, row[j]!)
    }
    if (least > max) return max + 1
    beforeLast = last
    last = row
  }
  return Math.min(last[b.length]!, max + 1)
}

export function codePointsOf(word: string): number[] {
  return Array.from(word, (character) => character.codePointAt(0)!)
}

/**
 * Counts the edits that turn one word into another, up to `max`. An edit inserts, deletes or
 * replaces a code point, or swaps two neighbours (optimal string alignment).
 *
 * @returns the distance, or `max + 1` if it is greater than `max`
 */
export function editDistance(a: readonly number[], b: readonly number[], max: number): number {
  const tooFar = max + 1
  if (Math.abs(a.length - b.length) > max) return tooFar
  if (rows[0].length < b.length + 2) rows = newRows(2 * (b.length + 2))
  let [beforeLast, last, row] = rows
  for (let j = 0; j <= b.length; j++) last[j] = Math.min(j, tooFar)
  last[b.length + 1] = tooFar
  for (let i = 1; i <= a.length; i++) {
    // Cells further from the diagonal than `max` are more than `max` edits away.
    const from = Math.max(1, i - max)
    const to = Math.min(b.length, i + max)
    let before = from === 1 ? Math.min(i, tooFar) : tooFar
    let least = before
    row[from - 1] = before
    for (let j = from; j <= to; j++) {
      let edits = Math.min(last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1), last[j]! + 1, before + 1, tooFar)
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (isSwapped) edits = Math.min(edits, beforeLast[j - 2]! + 1)
      before = edits
      row[j] = edits
      if (edits < least) least = edits
    }
    row[to + 1] = tooFar
    if (least > max) return tooFar
    const free = beforeLast
    beforeLast = last
    last = row
    row = free
  }
  return last[b.length]!
}

type Rows = [beforeLast: Uint32Array, last: Uint32Array, row: Uint32Array]

/** Three rows of the table. All calls share them, because a dictionary has many words. */
let rows = newRows(64)

function newRows(length: number): Rows {
  return [new Uint32Array(length), new Uint32Array(length), new Uint32Array(length)]
}

export function codePointsOf(word: string): number[] {
  return Array.from(word, (character) => character.codePointAt(0)!)
}

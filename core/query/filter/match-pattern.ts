import type { WordPattern } from '../language/clause.ts'
import { type PieceFinder, type Points, pieceFinder } from './find-piece.ts'

/** The code point that stands for `?`. */
export const ANY_POINT = -1

/**
 * A test of whole words. Each piece between two stars is matched at its first occurrence, from left to right. The time is
 * proportional to the word's length, times the length of the longest piece between stars divided by 32, rounded up.
 */
export function patternMatcher(pattern: WordPattern): (word: string) => boolean {
  if (pattern.kind === 'prefix') return (word) => word.startsWith(pattern.prefix)
  const [first, ...rest] = piecesOf(pattern)
  const last = rest.pop()
  if (last === undefined) return (word) => readPoints(word) === first!.length && matchesAt(first!, 0)
  const finders = rest.filter((piece) => piece.length > 0).map(pieceFinder)
  const least = [first!, ...rest, last].reduce((sum, piece) => sum + piece.length, 0)
  return (word) => {
    const length = readPoints(word)
    const end = length - last.length
    return length >= least && matchesAt(first!, 0) && matchesAt(last, end) && occurInOrder(finders, first!.length, end)
  }
}

/** The pieces of a pattern between its stars, as code points: one more piece than stars. */
function piecesOf({ parts, literal }: Extract<WordPattern, { readonly kind: 'wildcard' }>): Points[] {
  const pieces: number[][] = [[]]
  for (const [i, part] of parts.entries()) {
    if (literal[i] === true) for (const character of part) pieces.at(-1)!.push(character.codePointAt(0)!)
    else if (part === '?') pieces.at(-1)!.push(ANY_POINT)
    else pieces.push([])
  }
  return pieces
}

/** The code points of the word under test. Reused for every word. */
const points: number[] = []

/** Fills `points`. @returns the number of code points */
function readPoints(word: string): number {
  let count = 0
  for (let i = 0; i < word.length; i++) {
    const point = word.codePointAt(i)!
    if (point > 0xffff) i++
    points[count++] = point
  }
  return count
}

function matchesAt(piece: Points, at: number): boolean {
  for (let i = 0; i < piece.length; i++) {
    if (piece[i] !== ANY_POINT && piece[i] !== points[at + i]) return false
  }
  return true
}

/** Whether all pieces occur in `[from, end)`, one after another. */
function occurInOrder(finders: readonly PieceFinder[], from: number, end: number): boolean {
  let at = from
  for (const find of finders) {
    at = find(points, at, end)
    if (at < 0) return false
  }
  return true
}

import type { WordPattern } from '../language/clause.ts'
import { findSegment, type Points, type SegmentFinder } from './find-segment.ts'

/** Stands for `?` among code points. */
export const ANY_POINT = -1

/**
 * A test for whole words. The time is the word's length, times one more for every 32 characters between
 * two stars: what lies between stars is looked for from left to right and taken where it is found first.
 */
export function patternMatcher(pattern: WordPattern): (word: string) => boolean {
  if (pattern.kind === 'prefix') return (word) => word.startsWith(pattern.prefix)
  const [first, ...rest] = segmentsOf(pattern)
  const last = rest.pop()
  if (last === undefined) return (word) => readPoints(word) === first!.length && standsAt(first!, 0)
  const finders = rest.filter((segment) => segment.length > 0).map(findSegment)
  const least = [first!, ...rest, last].reduce((sum, segment) => sum + segment.length, 0)
  return (word) => {
    const length = readPoints(word)
    const end = length - last.length
    return length >= least && standsAt(first!, 0) && standsAt(last, end) && standBetween(finders, first!.length, end)
  }
}

/** What lies between stars, as code points; one more than there are stars. */
function segmentsOf({ parts, literal }: Extract<WordPattern, { readonly kind: 'wildcard' }>): Points[] {
  const segments: number[][] = [[]]
  for (const [i, part] of parts.entries()) {
    if (literal[i] === true) for (const character of part) segments.at(-1)!.push(character.codePointAt(0)!)
    else if (part === '?') segments.at(-1)!.push(ANY_POINT)
    else segments.push([])
  }
  return segments
}

/** The code points of the word that is tested: used again for the next one. */
const points: number[] = []

/** @returns how many there are */
function readPoints(word: string): number {
  let count = 0
  for (let i = 0; i < word.length; i++) {
    const point = word.codePointAt(i)!
    if (point > 0xffff) i++
    points[count++] = point
  }
  return count
}

function standsAt(segment: Points, at: number): boolean {
  for (let i = 0; i < segment.length; i++) {
    if (segment[i] !== ANY_POINT && segment[i] !== points[at + i]) return false
  }
  return true
}

/** Whether all segments stand in `[from, end)`, one after another. */
function standBetween(finders: readonly SegmentFinder[], from: number, end: number): boolean {
  let at = from
  for (const find of finders) {
    at = find(points, at, end)
    if (at < 0) return false
  }
  return true
}

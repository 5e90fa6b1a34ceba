import type { TermRange } from '../../segment/read/term-entry.ts'
import type { Bounds, WordPattern } from '../language/clause.ts'

const LAST_CODE_POINT = 0x10_ffff
const FIRST_SURROGATE = 0xd800
const LAST_SURROGATE = 0xdfff

/** All strings that begin with `prefix`. */
export function prefixRange(prefix: string): TermRange {
  const points = Array.from(prefix)
  while (points.length > 0) {
    const point = points.pop()!.codePointAt(0)!
    if (point === LAST_CODE_POINT) continue
    // Surrogates are not characters: the character after U+D7FF is U+E000.
    const next = point === FIRST_SURROGATE - 1 ? LAST_SURROGATE + 1 : point + 1
    return { from: prefix, to: points.join('') + String.fromCodePoint(next) }
  }
  return { from: prefix }
}

/** The narrowest range of all strings that a pattern can match, from its literal beginning. */
export function patternRange(pattern: WordPattern): TermRange {
  if (pattern.kind === 'prefix') return prefixRange(pattern.prefix)
  const first = pattern.parts[0]
  return first !== undefined && pattern.literal[0] === true ? prefixRange(first) : { from: '' }
}

/** The strings within bounds on keywords. The successor of a string is that string followed by U+0000. */
export function keywordRange(bounds: Bounds): TermRange {
  const from = bounds.gt !== undefined ? `${String(bounds.gt)}\u0000` : String(bounds.gte ?? '')
  if (bounds.lt !== undefined) return { from, to: String(bounds.lt) }
  return bounds.lte !== undefined ? { from, to: `${String(bounds.lte)}\u0000` } : { from }
}

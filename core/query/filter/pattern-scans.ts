import { lettersOf } from '../../dictionary/entry-names.ts'
import type { Lane } from '../../dictionary/lane.ts'
import type { MarkedDocuments } from '../../segment/read/marked-documents.ts'
import type { EntryScan, MarkingScan, TermRange } from '../../segment/read/term-entry.ts'
import { hasLoneSurrogate } from '../../utf8.ts'
import type { WordPattern } from '../language/clause.ts'
import { patternMatcher } from './match-pattern.ts'
import { patternRange } from './term-range.ts'

/** A scan, and the lane of a field that it scans. */
export type ScanOfLane = { readonly lane: Lane; readonly scan: MarkingScan }

/** The scans that find the keywords, or the words as written, that match a pattern. */
export function patternScans(lane: 'text' | 'keyword', pattern: WordPattern, into: MarkedDocuments): ScanOfLane[] {
  const range = patternRange(pattern)
  const ranges = [range]
  const accepts = isWhole(pattern, range) ? undefined : acceptsMatches(pattern)
  if (lane === 'keyword') return [{ lane, scan: { ranges, accepts, into } }]
  const isOwnForm: EntryScan['accepts'] = (names, i) =>
    names.block.ownForm(i) && (accepts === undefined || accepts(names, i))
  return [
    { lane, scan: { ranges, accepts: isOwnForm, into } },
    { lane: 'form', scan: { ranges, accepts, into } },
  ]
}

/** Whether every term of the range matches. A lone surrogate has no UTF-8 form: its range is that of the replacement character. */
function isWhole(pattern: WordPattern, { to }: TermRange): boolean {
  return pattern.kind === 'prefix' && to !== undefined && !hasLoneSurrogate(pattern.prefix)
}

/** Tests the letters first: most names lack a letter of the pattern and need not be decoded. */
function acceptsMatches(pattern: WordPattern): NonNullable<EntryScan['accepts']> {
  const isMatch = patternMatcher(pattern)
  const literals = pattern.kind === 'prefix' ? [pattern.prefix] : pattern.parts.filter((_, i) => pattern.literal[i])
  const letters = literals.reduce((sum, literal) => sum | lettersOf(literal), 0)
  return (names, i) => (names.letters[i]! & letters) === letters && isMatch(names.term(i))
}

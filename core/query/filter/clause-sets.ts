import { bitsetSize } from '../../bytes/bitset.ts'
import type { Lane } from '../../dictionary/lane.ts'
import { prefixUnionName } from '../../dictionary/prefix-unions.ts'
import { hasKeywords } from '../../fields/kinds.ts'
import { allRead, inSteps, type Plan, whenRead } from '../../segment/format/read-plan.ts'
import type { MarkedDocuments } from '../../segment/read/marked-documents.ts'
import type { MarkingScan } from '../../segment/read/term-entry.ts'
import type { Clause } from '../language/clause.ts'
import { intervalsTest } from './column-match.ts'
import { columnSet, type DocumentSet, markedDocuments, type SegmentIo } from './document-set.ts'
import { intervalOf, unionOfIntervals } from './intervals.ts'
import { patternScans } from './pattern-scans.ts'
import { keywordRange } from './term-range.ts'

/** The clauses whose matches all have the same score. Their matches are found as a set before scoring begins. */
export type SetClause = Extract<Clause, { readonly kind: 'keyword' | 'pattern' | 'range' | 'exists' }>

/** The documents that a clause matches, including deleted ones, and their number, at least 1. Callers must not change the set. */
export type MatchedSet = { readonly documents: DocumentSet; readonly count: number }

/** Scans of one lane, made in one pass. */
type LaneScans = { readonly field: number; readonly lane: Lane; readonly scans: MarkingScan[] }

/**
 * For each clause, the set of its matches in a segment, or undefined if there are none. Clauses that scan the same dictionary
 * share one pass. Takes at most two rounds, unless a dictionary is large.
 *
 * @throws {LimitExceededError} 'budget_exceeded'
 */
export function clauseSets(io: SegmentIo, clauses: readonly SetClause[]): Plan<(MatchedSet | undefined)[]> {
  if (clauses.length === 0) return []
  const lanes = new Map<string, LaneScans>()
  const plans = clauses.map((clause) => planClause(io, clause, lanes))
  const scanned = Array.from(lanes.values(), ({ field, lane, scans }) => io.reader.terms.markScans(field, lane, scans))
  const found = allRead<[(DocumentSet | MarkedDocuments)[], unknown]>([allRead(plans), allRead(scanned)])
  return whenRead(found, ([sets]) => inSteps(countSets(sets)))
}

/** Plans one clause, and adds its dictionary scans to `lanes`. */
function planClause(
  io: SegmentIo,
  clause: SetClause,
  lanes: Map<string, LaneScans>,
): Plan<DocumentSet | MarkedDocuments> {
  if (clause.kind === 'exists') return io.reader.columns.exists(clause.field)
  if (clause.kind === 'range' && !hasKeywords(io.schema.fields[clause.field]!)) {
    return columnSet(io, clause.field, intervalsTest(unionOfIntervals([intervalOf(clause.bounds)])))
  }
  const into = markedDocuments(io)
  if (clause.kind === 'keyword') {
    return whenRead(io.reader.terms.markTerms(clause.field, 'keyword', [clause.value], into), () => into)
  }
  const union = clause.kind === 'pattern' ? unionOf(io, clause) : undefined
  if (clause.kind === 'pattern' && union !== undefined) return markUnion(io, clause, { union, into })
  const scans =
    clause.kind === 'pattern'
      ? patternScans(clause.lane, clause.pattern, into)
      : [{ lane: 'keyword' as const, scan: { ranges: [keywordRange(clause.bounds)], into } }]
  for (const { lane, scan } of scans) {
    const key = `${clause.field} ${lane}`
    const known = lanes.get(key)
    if (known === undefined) lanes.set(key, { field: clause.field, lane, scans: [scan] })
    else known.scans.push(scan)
  }
  return into
}

type PatternClause = Extract<SetClause, { readonly kind: 'pattern' }>

/** The name of the stored union that may hold the documents of a pattern; undefined if the segment has no unions of the field. */
function unionOf({ reader }: SegmentIo, { field, lane, pattern }: PatternClause): string | undefined {
  if (lane !== 'text' || pattern.kind !== 'prefix' || reader.terms.laneSize(field, 'prefix') === 0) return undefined
  return prefixUnionName(pattern.prefix)
}

/** Takes the documents of a prefix from its union. If too few words have the prefix for a stored union, it scans the words. */
function markUnion(
  io: SegmentIo,
  { field, lane, pattern }: PatternClause,
  { union, into }: { readonly union: string; readonly into: MarkedDocuments },
): Plan<MarkedDocuments> {
  return whenRead(io.reader.terms.markTerms(field, 'prefix', [union], into), () => {
    if (into.found !== undefined) return into
    const plans = patternScans(lane, pattern, into).map((one) => io.reader.terms.markScans(field, one.lane, [one.scan]))
    return whenRead(allRead(plans), () => into)
  })
}

function* countSets(found: readonly (DocumentSet | MarkedDocuments)[]): Generator<void, (MatchedSet | undefined)[]> {
  const sets: (MatchedSet | undefined)[] = []
  for (const one of found) {
    const documents = one instanceof Uint32Array ? one : one.found
    const count = documents === undefined ? 0 : bitsetSize(documents)
    sets.push(count === 0 ? undefined : { documents: documents!, count })
    yield
  }
  return sets
}

import type { Schema } from '../../schema/schema.ts'
import { EVERY_SEGMENT, type SegmentTest, segmentTest } from '../filter/segment-match.ts'
import type { Clause, Filter } from '../language/clause.ts'
import { leavesOf } from '../score/clause-needs.ts'

/** Clauses whose score, and whose matches, do not depend on what other documents hold. */
const CONSTANT: ReadonlySet<Clause['kind']> = new Set(['all', 'none', 'keyword', 'pattern', 'range', 'exists'])

type Asked = {
  readonly clause: Clause
  readonly filter: Filter | undefined
  readonly schema: Schema
  /** Hits that are wanted; 0: only counted. */
  readonly candidatesMax: number
}

/**
 * Which segments a search opens: those that may hold a document which its filter accepts.
 *
 * Where words are scored it opens all of them. The score of a hit depends on how many documents hold its words, those in
 * segments without hits included, and the ranking must not depend on how documents are split. Searches that only
 * count have no scores; but a fuzzy word stands for its most frequent variants, which all segments decide together.
 */
export function wantedSegments({ clause, filter, schema, candidatesMax }: Asked): SegmentTest {
  if (filter === undefined) return EVERY_SEGMENT
  for (const { kind } of leavesOf(clause)) {
    const isCounted = candidatesMax === 0 && kind !== 'fuzzy'
    if (!isCounted && !CONSTANT.has(kind)) return EVERY_SEGMENT
  }
  return segmentTest(filter, schema)
}

import type { Schema } from '../../schema/schema.ts'
import { EVERY_SEGMENT, type SegmentTest, segmentTest } from '../filter/segment-match.ts'
import type { SimpleFilter } from '../filter/simplify-filter.ts'
import type { Clause } from '../language/clause.ts'
import { leavesOf } from '../score/clause-needs.ts'

/** Kinds of clauses whose scores and matches do not depend on other documents. */
const CONSTANT: ReadonlySet<Clause['kind']> = new Set(['all', 'none', 'keyword', 'pattern', 'range', 'exists'])

type WantedBy = {
  readonly clause: Clause
  readonly filter: SimpleFilter | undefined
  readonly schema: Schema
  /** Number of hits to find; 0 if the search only counts. */
  readonly candidatesMax: number
}

/**
 * Which segments a search opens: those that may hold a document that its filter accepts.
 *
 * A search that scores words opens all segments. A score depends on the number of documents with the word, including those in
 * segments without hits, and the ranking must not depend on how documents are split. A search that only counts has no scores,
 * but if it has a fuzzy word it still opens all segments: together they decide which variants are the most frequent.
 */
export function wantedSegments({ clause, filter, schema, candidatesMax }: WantedBy): SegmentTest {
  if (filter === undefined) return EVERY_SEGMENT
  for (const { kind } of leavesOf(clause)) {
    const isCounted = candidatesMax === 0 && kind !== 'fuzzy'
    if (!isCounted && !CONSTANT.has(kind)) return EVERY_SEGMENT
  }
  return segmentTest(filter, schema)
}

import type { DocId } from '../../postings/posting-list.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import type { Plan } from '../../segment/format/read-plan.ts'
import type { SortValue } from './sort-values.ts'

/** The segment of a candidate: all candidates of a segment share one object. */
export interface CandidateSegment {
  readonly shard: number
  /** Position in the shard's manifest. */
  readonly position: number
  /** Opens the segment to read documents and ids. */
  open(): Plan<SegmentSource>
}

/** A hit that may be on the page, before its document is read. */
export type Candidate = {
  readonly segment: CandidateSegment
  readonly doc: DocId
  readonly score: number
  /** One value per sort key: strings for keywords, undefined for `id`, which is read only to break ties. Empty if the score decides. */
  readonly values: readonly SortValue[]
}

/** The results of a search at every level: of a segment, a shard, a leaf, or the whole search. */
export type SearchPartial = readonly [
  /** In order. Equal hits of the same segment are in the order of their ids. */
  hits: readonly Candidate[],
  /** Number of matches, counted as far as `countMax` of the query requires. */
  count: number,
  /** Partials of the query's parts, in the same order. */
  ...sections: readonly unknown[],
]

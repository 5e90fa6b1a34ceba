import type { DocId } from '../../postings/posting-list.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import type { Plan } from '../../segment/format/read-plan.ts'
import type { SortValue } from './sort-values.ts'

/** The segment that the candidate comes from: one object for all candidates of a segment. */
export interface CandidateSegment {
  readonly shard: number
  /** In the shard's manifest. */
  readonly position: number
  /** The segment, for documents and ids to be read. */
  open(): Plan<SegmentSource>
}

/** A hit that may be on the page, before its document is read. */
export type Candidate = {
  readonly segment: CandidateSegment
  readonly doc: DocId
  readonly score: number
  /** One a sort key; keywords as strings; undefined for `id`, which is compared when it is known. Empty where score decides. */
  readonly values: readonly SortValue[]
}

/** What a search makes of matches, at every level: of a segment, of a shard, of a leaf, of everything. */
export type SearchPartial = readonly [
  /** In order; of equal ones, those of one segment in the order of their ids. */
  hits: readonly Candidate[],
  /** Matches, as far as they were to be counted. */
  count: number,
  /** Of parts, in the order of the query's. */
  ...sections: readonly unknown[],
]

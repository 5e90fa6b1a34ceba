import type { DocId } from '../../postings/posting-list.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import type { Plan } from '../../segment/format/read-plan.ts'
import type { SortValue } from './sort-values.ts'

/** The segment that candidates come from, one object for all of them: they are told apart by it. */
export interface CandidateSegment {
  readonly shard: number
  /** The segment, for documents and ids to be read. */
  open(): Plan<SegmentSource>
}

/** A hit that may be on the page, before its document is read. */
export type Candidate<Segment extends CandidateSegment = CandidateSegment> = {
  readonly segment: Segment
  readonly doc: DocId
  readonly score: number
  /** One a sort key; keywords as strings; undefined for `id`, which is compared when it is known. */
  readonly values: readonly SortValue[]
}

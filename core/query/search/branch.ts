import type { LiveShards } from '../../reading/live-shards.ts'
import type { Opening } from '../../reading/open-sources.ts'
import type { ShardSnapshot } from '../../reading/snapshot.ts'
import type { SearchPartial } from '../score/candidate.ts'
import type { SegmentQuery } from '../score/search-segment.ts'
import type { DocFreqs, Statistics } from '../score/statistics.ts'

/** The pinned shards of a search, and the means to search them. */
export type PinnedSearch = {
  readonly uid: string
  readonly pinned: readonly ShardSnapshot[]
  readonly opening: Opening
  readonly live: LiveShards
}

/**
 * Some of a search's shards, and the process that searches them: this one or another. A search asks all of its branches in
 * one or two rounds and merges their answers. Failures are recorded in `LiveShards`: an answer covers only live shards.
 */
export interface Branch {
  /** How many documents contain each term of the query. In the same round the branch may read what `collect` needs. */
  expand(query: SegmentQuery): Promise<DocFreqs>
  /** @param statistics of the whole search */
  collect(query: SegmentQuery, statistics: Statistics): Promise<SearchPartial>
}

import type { LiveShards } from '../../reading/live-shards.ts'
import type { Opening } from '../../reading/open-sources.ts'
import type { ShardSnapshot } from '../../reading/snapshot.ts'
import type { SearchPartial } from '../score/candidate.ts'
import type { SegmentQuery } from '../score/search-segment.ts'
import type { DocFreqs, Statistics } from '../score/statistics.ts'

/** Shards whose versions are pinned, and what they are searched with. */
export type PinnedSearch = {
  readonly uid: string
  readonly pinned: readonly ShardSnapshot[]
  readonly opening: Opening
  readonly live: LiveShards
}

/**
 * Some of a search's shards, and who searches them: this process or another. A search asks all of its branches in one or
 * two rounds and merges what they answer. What fails is noted in `LiveShards`: answers are of the shards that are live.
 */
export interface Branch {
  /** How many documents contain each term of the query. The branch may read what it needs to collect at the same time. */
  expand(query: SegmentQuery): Promise<DocFreqs>
  /** @param statistics of the whole search */
  collect(query: SegmentQuery, statistics: Statistics): Promise<SearchPartial>
}

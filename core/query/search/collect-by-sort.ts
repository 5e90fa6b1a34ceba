import type { LiveShards } from '../../reading/live-shards.ts'
import { whenRead } from '../../segment/format/read-plan.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { SearchPartial } from '../score/candidate.ts'
import type { PreparedSegment } from '../score/prepare-segment.ts'
import type { MatchesPartial, SegmentQuery, SegmentRun } from '../score/search-segment.ts'
import { nameKeywords } from '../sort/name-keywords.ts'
import { SegmentSort } from '../sort/sort-segment.ts'

/**
 * Finds the first documents of prepared segments by several sort keys. It finds all matches, then reads, in rounds over all
 * segments, the column blocks that may hold a document of the page.
 *
 * @returns one partial for each segment of a live shard
 */
export async function collectBySort(
  segments: readonly PreparedSegment[],
  query: SegmentQuery,
  { run, live, store }: { readonly run: SegmentRun; readonly live: LiveShards; readonly store: ObjectStore },
): Promise<SearchPartial[]> {
  const sorts = segments.map((segment) => new SegmentSort(segment, query))
  const matched = new Map<SegmentSort, MatchesPartial>()
  for (const sort of sorts) {
    const result = await live.run(sort.shard, sort.match(run))
    if (result !== undefined) matched.set(sort, result)
  }
  for (let open = beginRound(sorts, live); open.length > 0; open = beginRound(open, live)) {
    await live.read(store, open, (sort) => sort.read(), 'more_follow')
    for (const sort of open) await live.run(sort.shard, sort.collect(run))
  }
  const planOf = (sort: SegmentSort) =>
    whenRead(nameKeywords(sort.segment, sort.candidates(), query), (hits): SearchPartial => {
      return [hits, ...matched.get(sort)!]
    })
  const done = sorts.filter(({ shard }) => live.isLive(shard))
  return live.read(store, done, planOf, 'more_follow')
}

/** The segments that need another round. */
function beginRound(sorts: readonly SegmentSort[], live: LiveShards): SegmentSort[] {
  return sorts.filter((sort) => live.isLive(sort.shard) && sort.beginRound())
}

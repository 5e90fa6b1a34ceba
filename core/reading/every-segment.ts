import { EVERY_SEGMENT, segmentTest } from '../query/filter/segment-match.ts'
import type { SimpleFilter } from '../query/filter/simplify-filter.ts'
import { allRead, type Plan, whenRead } from '../segment/format/read-plan.ts'
import type { Collection } from '../version/collection.ts'
import { LiveShards } from './live-shards.ts'
import { openShard, pinnedShards } from './open-sources.ts'
import type { ReadContext, Reading } from './read-context.ts'
import type { SegmentSource } from './segment-source.ts'
import type { Freshness, ShardSnapshot } from './snapshot.ts'

type SegmentsRequest = {
  readonly collection: Collection
  readonly freshness: Freshness
  readonly filter?: SimpleFilter
}

/** Longer than a search waits, because a result must be complete: no slow shard may be left out. */
const TIMEOUT_MS = 60_000

/**
 * Carries out a plan for every segment of a collection, in parallel. A filter excludes segments that cannot hold a
 * document it accepts. If an object has been collected, callers read everything again: see restart-if-collected.ts.
 *
 * @returns the results of the plans, and the reading for further reads
 * @throws the error of a failed shard, if any: partial results would look complete
 */
export async function fromEverySegment<T>(
  context: ReadContext,
  { collection, freshness, filter }: SegmentsRequest,
  planOf: (source: SegmentSource) => Plan<T>,
): Promise<{ readonly results: T[]; readonly reading: Reading }> {
  const snapshots = await context.shards.pin(collection, freshness)
  const live = new LiveShards(
    snapshots.length,
    context.deadlines,
    Math.min(TIMEOUT_MS, context.timeLimit.remainingMs()),
  )
  try {
    const reading = context.beginReading()
    const { schema } = collection
    const accepts = filter === undefined ? EVERY_SEGMENT : segmentTest(filter, schema)
    const opening = { segments: context.segments, schema, reading, accepts, memory: live.memory }
    const planOfShard = (snapshot: ShardSnapshot) =>
      whenRead(openShard(opening, snapshot), ({ sources }) => allRead(sources.map(planOf)))
    const results = await live.read(reading.store, pinnedShards(snapshots, live), planOfShard)
    for (const error of live.failures.values()) throw error
    return { results: results.flat(), reading }
  } finally {
    live.end()
  }
}

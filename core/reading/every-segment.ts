import type { Collection } from '../version/collection.ts'
import { LiveShards } from './live-shards.ts'
import { openShards, pinnedShards } from './open-sources.ts'
import type { ReadContext } from './read-context.ts'
import type { SegmentSource } from './segment-source.ts'
import type { Freshness } from './snapshot.ts'

/** What must be complete waits for every shard, however long it takes them. */
const TIMEOUT_MS = 60_000

/**
 * Does `work` on every segment of a collection, side by side. Callers begin again if an object was collected
 * meanwhile, with all that they read: restart-if-collected.ts.
 *
 * @throws what a shard failed with, if any did: a part of the results would look like all of them
 */
export async function fromEverySegment<T>(
  context: ReadContext,
  { collection, freshness }: { readonly collection: Collection; readonly freshness: Freshness },
  work: (source: SegmentSource) => Promise<T>,
): Promise<T[]> {
  const snapshots = await context.shards.pin(collection, freshness)
  const live = new LiveShards(
    snapshots.length,
    context.deadlines,
    Math.min(TIMEOUT_MS, context.timeLimit.remainingMs()),
  )
  try {
    const reading = context.beginReading()
    const opening = { openSegment: context.openSegment, schema: collection.schema, reading }
    const open = await openShards(opening, pinnedShards(snapshots, live), live)
    const sources = open.flatMap((shard) => shard.sources)
    const results = await live.map(sources, work)
    for (const error of live.failures.values()) throw error
    return results
  } finally {
    live.end()
  }
}

import { bitsetMembers } from '../segment/tombstones.ts'
import { andNotInto } from './bits.ts'
import type { Filter } from './clause.ts'
import { filterSet } from './document-set.ts'
import { LiveShards } from './live-shards.ts'
import { openShards } from './open-sources.ts'
import { parseFilter } from './parse-filter.ts'
import type { SearchContext } from './search-context.ts'
import type { JsonObject } from './search-request.ts'
import type { SegmentSource } from './segment-source.ts'

const TIMEOUT_MS = 60_000

/**
 * The ids of all documents that a filter accepts, as of a consistent read.
 *
 * @throws {PrismError} if any shard cannot be read: what is left out would look as if it did not match
 */
export async function matchIds(context: SearchContext, name: string, filter: JsonObject): Promise<string[]> {
  const collection = await context.shards.getCollection(name, 'fresh')
  const snapshots = await context.shards.pin(collection, { consistency: 'strong' })
  const parsed = parseFilter(filter, collection.schema)
  const live = new LiveShards(snapshots.length, context.deadlines, TIMEOUT_MS)
  try {
    const reading = context.beginReading()
    const open = await openShards(context, { snapshots, schema: collection.schema, reading }, live)
    const sources = open.flatMap((shard) => shard.sources)
    const ids = await live.map(sources, (source) => matchIdsOf(source, parsed))
    for (const error of live.failures.values()) throw error
    return ids.flat()
  } finally {
    live.end()
  }
}

async function matchIdsOf(source: SegmentSource, filter: Filter): Promise<string[]> {
  const matching = await filterSet(source, filter)
  if (source.deleted !== undefined) andNotInto(matching, source.deleted)
  return source.reader.ids(source.store, bitsetMembers(matching))
}

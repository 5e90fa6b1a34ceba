import { bitsetMembers } from '../segment/tombstones.ts'
import { andNotInto } from './bits.ts'
import type { Filter } from './clause.ts'
import { filterSet } from './document-set.ts'
import { fromEverySegment } from './every-segment.ts'
import { parseFilter } from './parse-filter.ts'
import type { SearchContext } from './search-context.ts'
import type { JsonObject } from './search-request.ts'
import type { SegmentSource } from './segment-source.ts'

/**
 * The ids of all documents that a filter accepts, as of a consistent read.
 *
 * @throws {PrismError} if any shard cannot be read: what is left out would look as if it did not match
 */
export async function matchIds(context: SearchContext, name: string, filter: JsonObject): Promise<string[]> {
  const collection = await context.shards.getCollection(name, 'fresh')
  const parsed = parseFilter(filter, collection.schema)
  const freshness = { consistency: 'strong' } as const
  const ids = await fromEverySegment(context, { collection, freshness }, (source) => matchIdsOf(source, parsed))
  return ids.flat()
}

async function matchIdsOf(source: SegmentSource, filter: Filter): Promise<string[]> {
  const matching = await filterSet(source, filter)
  if (source.deleted !== undefined) andNotInto(matching, source.deleted)
  return source.reader.ids(source.store, bitsetMembers(matching))
}

import { PrismError } from '../errors.ts'
import { describeSchema } from '../schema/declare-schema.ts'
import type { Collection } from '../version/collection.ts'
import { totalsOf } from '../version/manifest.ts'
import type { CollectionInfo } from './engine.ts'
import type { Shards } from './shards.ts'

/** Collections that are described in parallel; each reads the heads of its shards. */
const DESCRIBED_AT_ONCE = 16

/** Describes collections with the sums over their shards, in the given order. */
export async function describeCollections(
  shards: Shards,
  collections: readonly Collection[],
  signal?: AbortSignal,
): Promise<CollectionInfo[]> {
  const described: CollectionInfo[] = []
  for (let from = 0; from < collections.length; from += DESCRIBED_AT_ONCE) {
    signal?.throwIfAborted()
    const some = collections.slice(from, from + DESCRIBED_AT_ONCE)
    described.push(...(await Promise.all(some.map((collection) => describeCollection(shards, collection)))))
  }
  return described
}

/**
 * Describes a collection with the sums over its shards.
 *
 * @throws {PrismError} if a shard cannot be read
 */
export async function describeCollection(shards: Shards, collection: Collection): Promise<CollectionInfo> {
  const sums = { documents: 0, deleted: 0, segments: 0, bytes: 0 }
  for (const snapshot of await shards.pin(collection, { consistency: 'strong' })) {
    if (snapshot instanceof PrismError) throw snapshot
    const totals = totalsOf(snapshot.manifest)
    sums.documents += totals.docCount
    sums.deleted += totals.deletedCount
    sums.segments += totals.segmentCount
    sums.bytes += totals.byteSize
  }
  return {
    name: collection.name,
    schema: describeSchema(collection.schema),
    schema_version: collection.schema.version,
    shards: collection.shardCount,
    ...sums,
    created_at: new Date(collection.createdMs).toISOString(),
    settings: collection.settings,
  }
}

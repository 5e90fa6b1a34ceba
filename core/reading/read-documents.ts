import type { JsonObject, ReadRequest } from '../contract/search-request.ts'
import { PrismError } from '../errors.ts'
import { allRead, carryOut } from '../segment/format/read-plan.ts'
import { compareUtf8, decodeUtf8Strict } from '../utf8.ts'
import type { Collection } from '../version/collection.ts'
import { DocumentFinder } from '../version/find-documents.ts'
import { freshnessOf } from './freshness.ts'
import type { ReadContext, Reading } from './read-context.ts'
import { readNamed } from './restart-if-collected.ts'
import type { Freshness, ShardSnapshot } from './snapshot.ts'

/** A document, and its bytes as they are stored, which decide its version. */
export type StoredJson = { readonly id: string; readonly document: JsonObject; readonly json: Uint8Array }

/**
 * Reads documents by id, strongly unless asked otherwise. Only the shards that
 * hold the ids are read.
 *
 * @returns in the order of `ids`; undefined where there is no such document
 * @throws {PrismError} if one of the shards cannot be read: whether the document exists is not known then
 */
export async function readDocumentsById(
  context: ReadContext,
  name: string,
  { ids, read }: { readonly ids: readonly string[]; readonly read: ReadRequest },
): Promise<(StoredJson | undefined)[]> {
  const named = { name, freshness: freshnessOf(read, 'strong') }
  const found = await readNamed(context.shards, named, (collection, freshness) => {
    return readShards(context, { collection, byShard: groupByShard(context, collection, ids), freshness })
  })
  return ids.map((id) => found.get(id))
}

type ShardReads = {
  readonly collection: Collection
  readonly byShard: ReadonlyMap<number, ReadonlySet<string>>
  readonly freshness: Freshness
}

async function readShards(
  context: ReadContext,
  { collection, byShard, freshness }: ShardReads,
): Promise<Map<string, StoredJson>> {
  const snapshots = await context.shards.pinShards(collection, [...byShard.keys()], freshness)
  const reading = context.beginReading()
  const found = new Map<string, StoredJson>()
  await Promise.all(
    snapshots.map(async (snapshot) => {
      if (snapshot instanceof PrismError) throw snapshot
      const wanted = [...byShard.get(snapshot.shard)!].sort(compareUtf8)
      for (const document of await readFromShard(context, { snapshot, ids: wanted, reading })) {
        found.set(document.id, document)
      }
    }),
  )
  return found
}

function groupByShard(
  { shards }: ReadContext,
  collection: Collection,
  ids: readonly string[],
): Map<number, Set<string>> {
  const byShard = new Map<number, Set<string>>()
  for (const id of ids) {
    const shard = shards.shardOf(collection, id)
    byShard.set(shard, (byShard.get(shard) ?? new Set()).add(id))
  }
  return byShard
}

async function readFromShard(
  context: ReadContext,
  { snapshot, ids, reading }: { snapshot: ShardSnapshot; ids: readonly string[]; reading: Reading },
): Promise<StoredJson[]> {
  const { store } = reading
  const finder = new DocumentFinder(store, context.segments.open, { prefix: snapshot.prefix, ids })
  const hits = await finder.find(snapshot.manifest)
  const documents = await carryOut(store, allRead(hits.map(({ reader, docIds }) => reader.documents.read(docIds))))
  return documents.flat().map((json) => {
    const document = JSON.parse(decodeUtf8Strict(json)) as JsonObject
    return { id: String(document.id), document, json }
  })
}

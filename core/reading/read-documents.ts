import type { JsonObject, ReadRequest } from '../contract/search-request.ts'
import { PrismError } from '../errors.ts'
import { allRead, carryOut } from '../segment/format/read-plan.ts'
import { compareUtf8, decodeUtf8Strict } from '../utf8.ts'
import type { Collection } from '../version/collection.ts'
import { DocumentFinder } from '../version/find-documents.ts'
import { AnswerBytes, READ_AT_ONCE } from './answer-bytes.ts'
import { freshnessOf } from './freshness.ts'
import type { ReadContext, Reading } from './read-context.ts'
import { readNamed } from './restart-if-collected.ts'
import type { Freshness, ShardSnapshot } from './snapshot.ts'

/** A document and its stored bytes, which determine its version. */
export type LoadedDocument = { readonly id: string; readonly document: JsonObject; readonly json: Uint8Array }

/**
 * Reads documents by id, strongly consistent by default. Reads only the shards that hold the ids.
 *
 * @returns the documents in the order of `ids`; undefined where no document has the id
 * @throws {LimitExceededError} 'answer_too_large'
 * @throws {PrismError} if one of these shards cannot be read: whether a document exists is then unknown
 */
export async function readDocumentsById(
  context: ReadContext,
  name: string,
  { ids, read, signal }: DocumentsRequest,
): Promise<(LoadedDocument | undefined)[]> {
  const named = { name, freshness: freshnessOf(read, 'strong') }
  const found = await readNamed(context.shards, named, (collection, freshness) => {
    return readShards(context, { collection, ids, signal, freshness })
  })
  return ids.map((id) => found.get(id))
}

export type DocumentsRequest = {
  readonly ids: readonly string[]
  readonly read: ReadRequest
  readonly signal?: AbortSignal | undefined
}

type ShardReads = Omit<DocumentsRequest, 'read'> & { readonly collection: Collection; readonly freshness: Freshness }

async function readShards(
  context: ReadContext,
  { collection, ids, signal, freshness }: ShardReads,
): Promise<Map<string, LoadedDocument>> {
  const shards = [...groupByShard(context, collection, ids).keys()]
  const snapshots = await context.shards.pinShards(collection, shards, freshness)
  const reading = context.beginReading()
  const found = new Map<string, LoadedDocument>()
  const answer = new AnswerBytes()
  for (let from = 0; from < ids.length; from += READ_AT_ONCE) {
    signal?.throwIfAborted()
    const some = ids.slice(from, from + READ_AT_ONCE)
    const byShard = groupByShard(context, collection, some)
    await Promise.all(
      snapshots.map(async (snapshot) => {
        if (snapshot instanceof PrismError) throw snapshot
        const wanted = [...(byShard.get(snapshot.shard) ?? [])].sort(compareUtf8)
        if (wanted.length === 0) return
        for (const document of await readFromShard(context, { snapshot, ids: wanted, reading })) {
          found.set(document.id, document)
        }
      }),
    )
    for (const id of some) answer.take(found.get(id)?.json.length ?? 0)
  }
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
): Promise<LoadedDocument[]> {
  const { store } = reading
  const finder = new DocumentFinder(store, context.segments.open, { prefix: snapshot.prefix, ids })
  const hits = await finder.find(snapshot.manifest)
  const documents = await carryOut(store, allRead(hits.map(({ reader, docIds }) => reader.documents.read(docIds))))
  return documents.flat().map((json) => {
    const document = JSON.parse(decodeUtf8Strict(json)) as JsonObject
    return { id: String(document.id), document, json }
  })
}

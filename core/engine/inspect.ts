import { hexOfBytes } from '../bytes/hex.ts'
import type { JsonObject } from '../contract/search-request.ts'
import { InvalidRequestError, NotFoundError, PrismError } from '../errors.ts'
import { quote } from '../quote.ts'
import type { ShardSnapshot } from '../reading/snapshot.ts'
import { type SegmentEntry, storedBytes } from '../segment/format/segment-entry.ts'
import { describeSegment } from '../segment/read/describe-segment.ts'
import { filesOf } from '../segment/read/segment-files.ts'
import { totalsOf } from '../version/manifest.ts'
import { describeCollection, describeCollections } from './describe-collection.ts'
import type { InspectPath } from './engine.ts'
import type { EngineContext } from './engine-context.ts'

/** Describes all collections, one collection with its shards, a shard with its segments, or a segment with its sections. */
export async function inspect(context: EngineContext, path: InspectPath): Promise<JsonObject> {
  const { shards } = context
  if (path.collection === undefined) {
    const collections = await shards.listCollections()
    return { collections: await describeCollections(shards, collections) }
  }
  const collection = await shards.getCollection(path.collection, 'fresh')
  if (path.shard === undefined) {
    const snapshots = await shards.pin(collection, { consistency: 'strong' })
    const info = await describeCollection(shards, collection)
    return { uid: collection.uid, ...info, shards: snapshots.map(showShard) }
  }
  if (!(path.shard >= 0 && path.shard < collection.shardCount)) {
    const message = `shard must be a whole number from 0 to ${collection.shardCount - 1}, got ${path.shard}`
    throw new InvalidRequestError('invalid_shard', message)
  }
  const [snapshot] = await shards.pinShards(collection, [path.shard], { consistency: 'strong' })
  if (snapshot === undefined || snapshot instanceof PrismError) throw snapshot
  if (path.segment === undefined)
    return {
      ...showShard(snapshot),
      segments: snapshot.manifest.segments.map((entry) => showSegment(entry, snapshot.prefix)),
    }
  const entry = snapshot.manifest.segments.find(({ name }) => name === path.segment)
  if (entry === undefined) {
    throw new NotFoundError('segment_not_found', `no segment named ${quote(path.segment)} in shard ${path.shard}`)
  }
  const { store } = context.beginReading()
  const reader = await context.segments.open(store, snapshot.prefix, entry)
  return { ...showSegment(entry, snapshot.prefix), ...describeSegment(reader) }
}

function showShard(snapshot: ShardSnapshot | PrismError): JsonObject {
  if (snapshot instanceof PrismError) return { error: snapshot.message }
  const { shard, prefix, manifest, ownership } = snapshot
  const { docCount, deletedCount, segmentCount, byteSize } = totalsOf(manifest)
  return {
    shard,
    prefix,
    version: manifest.version,
    commit: manifest.commitId,
    epoch: ownership?.epoch ?? null,
    owner: ownership?.owner ?? null,
    schema_version: manifest.schemaVersion,
    checksum: hexOfBytes(manifest.checksum),
    documents: docCount,
    deleted: deletedCount,
    segments: segmentCount,
    bytes: byteSize,
    predecessors: manifest.predecessors.map(({ version }) => version),
  }
}

function showSegment(entry: SegmentEntry, prefix: string): JsonObject {
  return {
    segment: entry.name,
    documents: entry.docCount,
    deleted: entry.deletedCount,
    bytes: storedBytes(entry),
    files: filesOf(prefix, entry).map(({ key, kind, byteSize }) => ({
      kind,
      name: key.slice(key.lastIndexOf('/') + 1),
      bytes: byteSize,
    })),
    footer_bytes: entry.footerSize,
    schema_version: entry.schemaVersion,
    analyzer_version: entry.analyzerVersion === 0 ? null : entry.analyzerVersion,
    checksum: hexOfBytes(entry.liveChecksum),
    tombstones: entry.tombstones?.object ?? null,
    ...(entry.origin !== undefined && { shared_from: entry.origin }),
  }
}

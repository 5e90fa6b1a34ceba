import { PrismError } from '../errors.ts'
import type { Schema } from '../schema/schema.ts'
import type { SegmentEntry } from '../segment/segment-entry.ts'
import { readTombstones } from '../segment/tombstones.ts'
import type { ShardSnapshot } from '../shard/shards.ts'
import type { LiveShards } from './live-shards.ts'
import type { Reading, SearchContext } from './search-context.ts'
import type { SegmentSource } from './segment-source.ts'

/** A pinned shard with its segments open, in the order of its manifest. */
export type OpenShard = {
  readonly shard: number
  readonly snapshot: ShardSnapshot
  readonly sources: readonly SegmentSource[]
}

/** What segments are opened with. */
export type Opening = {
  readonly openSegment: SearchContext['openSegment']
  readonly schema: Schema
  readonly reading: Reading
}

/** The shards that could be pinned; the others are counted as failed. */
export function pinnedShards(snapshots: readonly (ShardSnapshot | PrismError)[], live: LiveShards): ShardSnapshot[] {
  const pinned: ShardSnapshot[] = []
  for (const [shard, snapshot] of snapshots.entries()) {
    if (snapshot instanceof PrismError) live.fail(shard, snapshot)
    else pinned.push(snapshot)
  }
  return pinned
}

/** Opens every segment of every pinned shard, side by side: one round. */
export function openShards(
  opening: Opening,
  snapshots: readonly ShardSnapshot[],
  live: LiveShards,
): Promise<OpenShard[]> {
  const openShard = async (snapshot: ShardSnapshot): Promise<OpenShard> => {
    const open = (entry: SegmentEntry) => openSource(opening, snapshot, entry)
    const sources = await Promise.all(snapshot.manifest.segments.map(open))
    return { shard: snapshot.shard, snapshot, sources }
  }
  return live.map(snapshots, openShard, 'more_follow')
}

/** Opens one segment of a pinned shard, with its tombstones: one round. */
export async function openSource(
  { openSegment, schema, reading }: Opening,
  { shard, prefix }: ShardSnapshot,
  entry: SegmentEntry,
): Promise<SegmentSource> {
  const { store } = reading
  const [reader, deleted] = await Promise.all([
    openSegment(store, prefix, entry),
    entry.tombstones && readTombstones(store, prefix, { ref: entry.tombstones, docCount: entry.docCount }),
  ])
  return { shard, reader, store, schema, deleted }
}

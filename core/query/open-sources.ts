import { PrismError } from '../errors.ts'
import type { Schema } from '../schema/schema.ts'
import type { FieldTotals, SegmentEntry } from '../segment/segment-entry.ts'
import { readTombstones } from '../segment/tombstones.ts'
import type { ShardSnapshot } from '../shard/shards.ts'
import type { LiveShards } from './live-shards.ts'
import type { Reading, SearchContext } from './search-context.ts'
import type { SegmentSource } from './segment-source.ts'

/** A pinned shard with its segments open. */
export type OpenShard = {
  readonly shard: number
  readonly snapshot: ShardSnapshot
  readonly sources: readonly SegmentSource[]
  readonly totals: readonly FieldTotals[]
}

export type OpenRequest = {
  readonly snapshots: readonly (ShardSnapshot | PrismError)[]
  readonly schema: Schema
  readonly reading: Reading
}

/** Opens every segment of every pinned shard, side by side: one round. */
export function openShards(
  context: SearchContext,
  { snapshots, schema, reading }: OpenRequest,
  live: LiveShards,
): Promise<OpenShard[]> {
  const pinned: ShardSnapshot[] = []
  for (const [shard, snapshot] of snapshots.entries()) {
    if (snapshot instanceof PrismError) live.fail(shard, snapshot)
    else pinned.push(snapshot)
  }
  return live.map(pinned, async (snapshot) => {
    const { segments } = snapshot.manifest
    const open = (entry: SegmentEntry) => openSource(context, { snapshot, entry, schema, reading })
    const totals = segments.flatMap((entry) => entry.liveFieldTotals)
    return { shard: snapshot.shard, snapshot, sources: await Promise.all(segments.map(open)), totals }
  })
}

async function openSource(
  context: SearchContext,
  {
    snapshot,
    entry,
    schema,
    reading,
  }: {
    readonly snapshot: ShardSnapshot
    readonly entry: SegmentEntry
    readonly schema: Schema
    readonly reading: Reading
  },
): Promise<SegmentSource> {
  const { store } = reading
  const [reader, deleted] = await Promise.all([
    context.openSegment(store, snapshot.prefix, entry),
    entry.tombstones && readTombstones(store, snapshot.prefix, { ref: entry.tombstones, docCount: entry.docCount }),
  ])
  return { shard: snapshot.shard, reader, store, schema, deleted }
}

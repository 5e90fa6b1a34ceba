import { PrismError } from '../errors.ts'
import type { MemoryAllowance } from '../memory-allowance.ts'
import type { SegmentTest } from '../query/filter/segment-match.ts'
import type { Schema } from '../schema/schema.ts'
import { allRead, type Plan, whenRead } from '../segment/format/read-plan.ts'
import { checkParameters } from '../segment/read/check-parameters.ts'
import type { Deletions, SegmentCache } from '../segment/read/segment-cache.ts'
import type { SegmentReader } from '../segment/read/segment-reader.ts'
import type { LiveShards } from './live-shards.ts'
import type { Reading } from './read-context.ts'
import type { SegmentSource } from './segment-source.ts'
import type { ShardSnapshot } from './snapshot.ts'

/** A pinned shard and its wanted segments, open, in the order of the manifest. */
export type OpenShard = {
  readonly shard: number
  readonly snapshot: ShardSnapshot
  readonly sources: readonly SegmentSource[]
}

/** What opening segments needs. */
export type Opening = {
  readonly segments: SegmentCache
  readonly schema: Schema
  readonly reading: Reading
  /** Segments that this test rejects are not opened. */
  readonly accepts: SegmentTest
  readonly memory: MemoryAllowance
}

/** The shards that were pinned; marks the others as failed. */
export function pinnedShards(snapshots: readonly (ShardSnapshot | PrismError)[], live: LiveShards): ShardSnapshot[] {
  const pinned: ShardSnapshot[] = []
  for (const [shard, snapshot] of snapshots.entries()) {
    if (snapshot instanceof PrismError) live.fail(shard, snapshot)
    else pinned.push(snapshot)
  }
  return pinned
}

/** Opens every wanted segment of every pinned shard in parallel: one round. */
export function openSources(
  opening: Opening,
  snapshots: readonly ShardSnapshot[],
  live: LiveShards,
): Promise<OpenShard[]> {
  return live.read(opening.reading.store, snapshots, (snapshot) => openShard(opening, snapshot), 'more_follow')
}

/** Opens every wanted segment of a pinned shard: one round. */
export function openShard(opening: Opening, snapshot: ShardSnapshot): Plan<OpenShard> {
  const positions = Array.from(snapshot.manifest.segments.keys())
  const wanted = positions.filter((position) => opening.accepts(snapshot.manifest.segments[position]!))
  const sources = allRead(wanted.map((position) => openSource(opening, snapshot, position)))
  return whenRead(sources, (opened) => ({ shard: snapshot.shard, snapshot, sources: opened }))
}

/** Opens one segment of a pinned shard and its tombstones: one round. */
export function openSource(
  { segments, schema, memory }: Pick<Opening, 'segments' | 'schema' | 'memory'>,
  { shard, prefix, manifest }: ShardSnapshot,
  position: number,
): Plan<SegmentSource> {
  const entry = manifest.segments[position]!
  const opened = allRead<[SegmentReader, Deletions | undefined]>([
    segments.plan(prefix, entry),
    segments.deletions(prefix, entry),
  ])
  return whenRead(opened, ([reader, deletions]) => {
    checkParameters(reader, schema)
    return { shard, position, reader, schema, deletions, memory }
  })
}

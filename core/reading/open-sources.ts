import { PrismError } from '../errors.ts'
import { allHere, type MaybePromise, whenHere } from '../maybe-promise.ts'
import type { Schema } from '../schema/schema.ts'
import type { SegmentEntry } from '../segment/format/segment-entry.ts'
import { type Bitset, readTombstones } from '../segment/format/tombstones.ts'
import type { SegmentReader } from '../segment/read/segment-reader.ts'
import type { LiveShards } from './live-shards.ts'
import type { ReadContext, Reading } from './read-context.ts'
import type { OpenedSegment, RecentSegments } from './recent-segments.ts'
import type { SegmentSource } from './segment-source.ts'
import type { ShardSnapshot } from './snapshot.ts'

/** A pinned shard with its segments open, in the order of its manifest. */
export type OpenShard = {
  readonly shard: number
  readonly snapshot: ShardSnapshot
  readonly sources: readonly SegmentSource[]
}

/** What segments are opened with. */
export type Opening = {
  readonly openSegment: ReadContext['openSegment']
  readonly schema: Schema
  readonly reading: Reading
  /** Of searches that come one after another in this process. */
  readonly recent?: RecentSegments | undefined
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
): MaybePromise<OpenShard[]> {
  const openShard = (snapshot: ShardSnapshot): MaybePromise<OpenShard> =>
    whenHere(openSegments(opening, snapshot), (segments) => ({
      shard: snapshot.shard,
      snapshot,
      sources: segments.map((segment) => toSource(opening, snapshot, segment)),
    }))
  return live.map(snapshots, openShard, 'more_follow')
}

/** Opens one segment of a pinned shard, with its tombstones: one round. */
export function openSource(
  opening: Opening,
  snapshot: ShardSnapshot,
  entry: SegmentEntry,
): MaybePromise<SegmentSource> {
  return whenHere(openOne(opening, snapshot, entry), (segment) => toSource(opening, snapshot, segment))
}

function openSegments(opening: Opening, snapshot: ShardSnapshot): MaybePromise<readonly OpenedSegment[]> {
  const { manifest } = snapshot
  const known = opening.recent?.find(manifest)
  if (known !== undefined) return known
  const opened = manifest.segments.map((entry) => openOne(opening, snapshot, entry))
  return whenHere(allHere(opened), (segments) => {
    opening.recent?.keep(manifest, segments)
    return segments
  })
}

function openOne(
  { openSegment, reading: { store } }: Opening,
  { prefix }: ShardSnapshot,
  entry: SegmentEntry,
): MaybePromise<OpenedSegment> {
  const { tombstones, docCount } = entry
  const opened = allHere<[SegmentReader, Bitset | undefined]>([
    openSegment(store, prefix, entry),
    tombstones && readTombstones(store, prefix, { ref: tombstones, docCount }),
  ])
  return whenHere(opened, ([reader, deleted]) => ({ reader, deleted }))
}

function toSource(
  { schema, reading: { store } }: Opening,
  { shard }: ShardSnapshot,
  { reader, deleted }: OpenedSegment,
): SegmentSource {
  return { shard, reader, store, schema, deleted }
}

import type { FieldTotals, SegmentEntry } from '../segment/segment-entry.ts'

/** Newest writer protocol this code speaks; a manifest that asks for a newer one is not extended. */
export const WRITER_VERSION = 1

/** Names one manifest of a shard. */
export type ManifestId = { readonly version: number; readonly commitId: string }

/** One immutable version of a shard: its live segments and their tombstones. */
export type Manifest = ManifestId & {
  /** Newest schema version that any of its documents was indexed under; at least 1. */
  readonly schemaVersion: number
  /** Oldest {@link WRITER_VERSION} that may extend this manifest. */
  readonly writerVersionMin: number
  /** Older versions, newest first: for each power of two the newest multiple of it below `version`, each once. */
  readonly predecessors: readonly ManifestId[]
  /** Sum of the 128-bit hashes of all live documents modulo 2^128, little-endian. */
  readonly checksum: Uint8Array
  /** In commit order, oldest first; a merged segment stands where its first input stood. */
  readonly segments: readonly SegmentEntry[]
}

/** Sums over segments. `docCount` is of live documents, `fieldTotals` of live ones in field order. */
export type ShardTotals = {
  readonly docCount: number
  readonly deletedCount: number
  readonly segmentCount: number
  readonly byteSize: number
  readonly fieldTotals: readonly FieldTotals[]
}

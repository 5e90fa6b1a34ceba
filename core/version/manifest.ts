import {
  type FieldTotals,
  type Placed,
  type SegmentEntry,
  type SegmentFile,
  storedBytes,
} from '../segment/format/segment-entry.ts'
import { tombstonesObject } from '../segment/format/tombstones.ts'
import { filesOf } from '../segment/read/segment-files.ts'
import { type ShardRef, shardPrefix } from './collection.ts'
import { baseOfName, type ManifestId } from './object-names.ts'
import { CHECKSUM_BYTES, sumChecksums } from './set-checksum.ts'

/** Newest writer protocol that this code knows. It does not extend a manifest that requires a newer one. */
export const WRITER_VERSION = 2
/** Oldest writer protocol for shards whose objects are all their own, and for shards that share another shard's objects. */
const OWN_WRITER_VERSION = 1
const SHARING_WRITER_VERSION = 2

/** An older version, as a manifest names it. */
export type Predecessor = ManifestId & {
  /**
   * At most `version`. No version after this one, up to the manifest itself, was the first to name an object with a
   * lower base. So if this version does not name an object with a lower base, no version in between does.
   */
  readonly oldestBase: number
}

/** A pending write that a commit folded, and what the write found. */
export type FoldedWrite = {
  /** Id of the entry. */
  readonly id: string
  /** Indexes of those of the entry's ids that had a document when the write's turn came; ascending. */
  readonly present: readonly number[]
}

/** One immutable version of a shard: its live segments and their tombstones. */
export type Manifest = ManifestId & {
  /** Newest schema version that a document was indexed under; at least 1. */
  readonly schemaVersion: number
  /** Oldest {@link WRITER_VERSION} that may extend this manifest. */
  readonly writerVersionMin: number
  /** Older versions, newest first: for each power of two the newest multiple of it below `version`, without repetition. */
  readonly predecessors: readonly Predecessor[]
  /** Sum of the 128-bit hashes of all live documents modulo 2^128, little-endian. */
  readonly checksum: Uint8Array
  /** In commit order, oldest first; a compacted segment takes the place of its first input. */
  readonly segments: readonly SegmentEntry[]
  /** Other writers' pending writes that this commit folded, in the order in which they took effect. */
  readonly folded: readonly FoldedWrite[]
}

/** Sums over the segments of a shard. `docCount` and `fieldTotals`, which is in field order, count live documents. */
export type ShardTotals = {
  readonly docCount: number
  readonly deletedCount: number
  readonly segmentCount: number
  readonly byteSize: number
  readonly fieldTotals: readonly FieldTotals[]
}

/** What a commit decides; the rest of its manifest follows from the base. */
export type ManifestDraft = {
  readonly schemaVersion: number
  readonly segments: readonly SegmentEntry[]
  readonly folded?: readonly FoldedWrite[]
}

/** Version 1 of a shard, without documents. */
export function firstManifest(commitId: string): Manifest {
  return {
    version: 1,
    commitId,
    schemaVersion: 1,
    writerVersionMin: OWN_WRITER_VERSION,
    predecessors: [],
    checksum: new Uint8Array(CHECKSUM_BYTES),
    segments: [],
    folded: [],
  }
}

/**
 * A version of a shard with the contents of a version of another shard. The two share all objects;
 * none is copied.
 *
 * @param place.prefix of the parent's shard
 * @param place.previous the version that this one follows; undefined makes version 1
 */
export function branchManifest(
  commitId: string,
  parent: Manifest,
  { prefix, previous }: { readonly prefix: string; readonly previous: Manifest | undefined },
): Manifest {
  const placed = <T extends Placed>(object: T): T => ({ ...object, origin: object.origin ?? prefix })
  return {
    ...firstManifest(commitId),
    // All of the version's objects belong to other shards and have no bases in this one.
    ...(previous && {
      version: previous.version + 1,
      predecessors: predecessorsOf(previous.version + 1, previous, []),
    }),
    schemaVersion: Math.max(parent.schemaVersion, previous?.schemaVersion ?? 1),
    writerVersionMin: Math.max(
      parent.writerVersionMin,
      previous?.writerVersionMin ?? OWN_WRITER_VERSION,
      parent.segments.length > 0 ? SHARING_WRITER_VERSION : OWN_WRITER_VERSION,
    ),
    checksum: parent.checksum,
    segments: parent.segments.map((entry) => {
      const { tombstones, shared } = entry
      return { ...placed(entry), tombstones: tombstones && placed(tombstones), shared: shared.map(placed) }
    }),
  }
}

/** Prefixes of the other shards whose objects segments name. */
export function originsOf({ segments }: { readonly segments: readonly NamedObjects[] }): Set<string> {
  const objects = segments.flatMap((entry): Placed[] => [
    entry,
    ...entry.shared,
    ...(entry.tombstones ? [entry.tombstones] : []),
  ])
  return new Set(objects.flatMap(({ origin }) => (origin === undefined ? [] : [origin])))
}

/** The manifest that follows `base` when `draft` is committed under `commitId`. */
export function nextManifest(base: Manifest, commitId: string, draft: ManifestDraft): Manifest {
  return {
    version: base.version + 1,
    commitId,
    schemaVersion: Math.max(base.schemaVersion, draft.schemaVersion),
    writerVersionMin: base.writerVersionMin,
    predecessors: predecessorsOf(base.version + 1, base, draft.segments),
    checksum: sumChecksums(draft.segments.map(({ liveChecksum }) => liveChecksum)),
    segments: draft.segments,
    folded: draft.folded ?? [],
  }
}

/** A live segment, or a written one that is not yet live. */
type NamedObjects = SegmentFile & Partial<Pick<SegmentEntry, 'tombstones'>>

/** Names of the objects of segments: a segment's name, which stands for all of its own files, and the names of shared files and tombstones. */
export function objectsOf({ segments }: { readonly segments: readonly NamedObjects[] }): string[] {
  return segments.flatMap(({ name, shared, tombstones }) => {
    return [name, ...shared.map(({ object }) => object), ...(tombstones ? [tombstones.object] : [])]
  })
}

/** The lowest base of the objects of `segments` that are not in `known`; undefined if there are none. */
export function oldestNewBase(known: ReadonlySet<string>, segments: readonly SegmentEntry[]): number | undefined {
  let oldest: number | undefined
  for (const name of objectsOf({ segments })) {
    if (!known.has(name)) oldest = Math.min(oldest ?? Number.MAX_SAFE_INTEGER, baseOfName(name))
  }
  return oldest
}

/**
 * The predecessors in the manifest of version `next`, which follows `base`. They are aligned versions, which `base`
 * already lists; of versions at the exact distances 1, 2, 4, 8 …, only the first would be known without reading older
 * manifests. Aligned versions reach any ancestor in as few steps.
 *
 * @param segments of version `next`
 */
export function predecessorsOf(next: number, base: Manifest, segments: readonly SegmentEntry[]): Predecessor[] {
  const fresh = oldestNewBase(new Set(objectsOf(base)), segments) ?? base.version
  const candidates = [{ ...base, oldestBase: base.version }, ...base.predecessors]
  const kept: Predecessor[] = []
  for (let step = 1; step < next; step *= 2) {
    const aligned = Math.floor((next - 1) / step) * step
    // Versions are skipped when a table is rebuilt. The newest existing version takes the place of a skipped one.
    const found = aligned === 0 ? undefined : candidates.find(({ version }) => version <= aligned)
    if (!found || kept.at(-1)?.version === found.version) continue
    const { version, commitId, oldestBase } = found
    kept.push({ version, commitId, oldestBase: Math.min(oldestBase, fresh) })
  }
  return kept
}

export function totalsOf(manifest: Manifest): ShardTotals {
  let [docCount, deletedCount, byteSize] = [0, 0, 0]
  for (const entry of manifest.segments) {
    docCount += entry.docCount - entry.deletedCount
    deletedCount += entry.deletedCount
    byteSize += storedBytes(entry)
  }
  const fieldTotals = sumFieldTotals(manifest.segments.map(({ liveFieldTotals }) => liveFieldTotals))
  return { docCount, deletedCount, segmentCount: manifest.segments.length, byteSize, fieldTotals }
}

/** Adds up totals by field, in field order; fields without documents are left out. */
export function sumFieldTotals(lists: readonly (readonly FieldTotals[])[]): FieldTotals[] {
  const sums = new Map<number, { field: number; docCount: number; tokenCount: number }>()
  for (const { field, docCount, tokenCount } of lists.flat()) {
    const sum = sums.get(field) ?? { field, docCount: 0, tokenCount: 0 }
    sum.docCount += docCount
    sum.tokenCount += tokenCount
    sums.set(field, sum)
  }
  return [...sums.values()].filter(({ docCount }) => docCount !== 0).sort((a, b) => a.field - b.field)
}

/** Keys of the files and tombstones that version `before` of a shard names and version `after` does not. Without `after`, all that `before` names. */
export function unnamedObjects(ref: ShardRef, before: Manifest, after: Manifest | undefined): string[] {
  const named = new Set(after ? keysOf(ref, after) : [])
  return keysOf(ref, before).filter((key) => !named.has(key))
}

function keysOf(ref: ShardRef, { segments }: Manifest): string[] {
  const prefix = shardPrefix(ref)
  return segments.flatMap((segment) => [
    ...filesOf(prefix, segment).map(({ key }) => key),
    ...(segment.tombstones ? [tombstonesObject(prefix, segment.tombstones)] : []),
  ])
}

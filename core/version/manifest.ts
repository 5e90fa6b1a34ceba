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

/** Newest writer protocol this code speaks; a manifest that asks for a newer one is not extended. */
export const WRITER_VERSION = 2
/** Oldest writers of shards whose objects are all their own, and of those that began with another shard's. */
const OWN_WRITER_VERSION = 1
const SHARING_WRITER_VERSION = 2

/** An older version, as a manifest names it. */
export type Predecessor = ManifestId & {
  /**
   * At most `version`. No version after this one, up to the manifest itself, was the first to name an object with a
   * lower base. Objects of a lower base that this version does not name are therefore named by none in between.
   */
  readonly oldestBase: number
}

/** What became of a write that waited in the head and that a commit took along. */
export type FoldedWrite = {
  /** Of the entry that waited. */
  readonly id: string
  /** Places in the entry's list of ids, ascending: those of which there was a document when its turn came. */
  readonly present: readonly number[]
}

/** One immutable version of a shard: its live segments and their tombstones. */
export type Manifest = ManifestId & {
  /** Newest schema version that any of its documents was indexed under; at least 1. */
  readonly schemaVersion: number
  /** Oldest {@link WRITER_VERSION} that may extend this manifest. */
  readonly writerVersionMin: number
  /** Older versions, newest first: for each power of two the newest multiple of it below `version`, each once. */
  readonly predecessors: readonly Predecessor[]
  /** Sum of the 128-bit hashes of all live documents modulo 2^128, little-endian. */
  readonly checksum: Uint8Array
  /** In commit order, oldest first; a merged segment stands where its first input stood. */
  readonly segments: readonly SegmentEntry[]
  /** Of other writers, taken along by this very commit, in the order in which they took effect. */
  readonly folded: readonly FoldedWrite[]
}

/** Sums over segments. `docCount` is of live documents, `fieldTotals` of live ones in field order. */
export type ShardTotals = {
  readonly docCount: number
  readonly deletedCount: number
  readonly segmentCount: number
  readonly byteSize: number
  readonly fieldTotals: readonly FieldTotals[]
}

/** What a commit changes; everything else of a manifest follows from its base. */
export type ManifestDraft = {
  readonly schemaVersion: number
  readonly segments: readonly SegmentEntry[]
  readonly folded?: readonly FoldedWrite[]
}

/** Version 1 of every shard: no documents. */
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
 * A version of a shard that holds what a version of another one holds. It shares that one's
 * objects, wherever they lie, and copies none.
 *
 * @param place.prefix of the shard that `parent` is of
 * @param place.previous the version that this one follows; without it, it is version 1
 */
export function branchManifest(
  commitId: string,
  parent: Manifest,
  { prefix, previous }: { readonly prefix: string; readonly previous: Manifest | undefined },
): Manifest {
  const placed = <T extends Placed>(object: T): T => ({ ...object, origin: object.origin ?? prefix })
  return {
    ...firstManifest(commitId),
    // All of its objects are other shards', which say nothing about bases of this one.
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

/** What segments name, whether they are live or only written. */
type NamedObjects = SegmentFile & Partial<Pick<SegmentEntry, 'tombstones'>>

/** Names that segments take into use: their own, which all their own files have in common, and those of shared files and tombstones. */
export function objectsOf({ segments }: { readonly segments: readonly NamedObjects[] }): string[] {
  return segments.flatMap(({ name, shared, tombstones }) => {
    return [name, ...shared.map(({ object }) => object), ...(tombstones ? [tombstones.object] : [])]
  })
}

/** The lowest base of the objects that `segments` name and that are not `known`; undefined if there are none. */
export function oldestNewBase(known: ReadonlySet<string>, segments: readonly SegmentEntry[]): number | undefined {
  let oldest: number | undefined
  for (const name of objectsOf({ segments })) {
    if (!known.has(name)) oldest = Math.min(oldest ?? Number.MAX_SAFE_INTEGER, baseOfName(name))
  }
  return oldest
}

/**
 * What the manifest of version `next` after `base` lists as its predecessors. Of exact distances 1, 2, 4, 8 … only the
 * first would be known without reading older manifests; aligned versions are all
 * in `base` already, and reach any ancestor in as many steps.
 *
 * @param segments of version `next`
 */
export function predecessorsOf(next: number, base: Manifest, segments: readonly SegmentEntry[]): Predecessor[] {
  const fresh = oldestNewBase(new Set(objectsOf(base)), segments) ?? base.version
  const candidates = [{ ...base, oldestBase: base.version }, ...base.predecessors]
  const kept: Predecessor[] = []
  for (let step = 1; step < next; step *= 2) {
    const aligned = Math.floor((next - 1) / step) * step
    // Versions may have been skipped when a table was rebuilt: the newest that exists serves.
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

/** Adds up per field, in field order; fields without documents are left out. */
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

/** Keys of the files and tombstones that a version of a shard consists of and a later one does not; of all without a later one. */
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

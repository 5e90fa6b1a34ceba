import { type Bitset, bitsetAdd, bitsetMembers, newBitset } from '../bytes/bitset.ts'
import { hexOfBytes } from '../bytes/hex.ts'
import { CorruptDataError } from '../errors.ts'
import { encodeIds } from '../segment/format/encoded-ids.ts'
import { carryOut } from '../segment/format/read-plan.ts'
import type { SegmentEntry, SegmentFile } from '../segment/format/segment-entry.ts'
import { encodeTombstones, readTombstones } from '../segment/format/tombstones.ts'
import { segmentKey } from '../segment/read/open-segment.ts'
import { ownFiles } from '../segment/read/segment-files.ts'
import { compareUtf8 } from '../utf8.ts'
import { type ShardRef, shardPrefix } from '../version/collection.ts'
import { type CommitComponents, type Committed, commit, type Edit, headAfter } from '../version/commit.ts'
import type { OpenSegment } from '../version/find-documents.ts'
import { assertExtendable, type Head, readHead } from '../version/head.ts'
import { sumFieldTotals } from '../version/manifest.ts'
import { newObjectName, tombstonesKey } from '../version/object-names.ts'
import { liveEntry } from '../version/segment-codec.ts'
import { equalChecksums, sumChecksums } from '../version/set-checksum.ts'

/** Which segments to merge, and into which new one. */
export type MergeRequest = {
  readonly prefix: string
  readonly entries: readonly SegmentEntry[]
  /** Name of the new segment. */
  readonly name: string
  readonly schemaVersion: number
  readonly onProgress?: ((doneBytes: number) => void) | undefined
}

/** Merges the live documents of segments, and uploads the result. */
export type CompactSegments = (request: MergeRequest) => Promise<SegmentFile>

export type CompactComponents = CommitComponents & {
  readonly openSegment: OpenSegment
  readonly compactSegments: CompactSegments
}

/** A merge is not worth committing if more than this share of its documents was deleted since it began. */
const LOST_SHARE_MAX = 0.5

/**
 * Rewrites some segments of a shard as one, without their deleted documents, and commits
 * the result. Documents that are deleted in the meantime are deleted in the new segment too.
 *
 * An input that is gone at the commit lost its last document, or a rival merged it. Either
 * way it holds no live documents, so all of its documents are deleted in the new segment.
 * Giving up instead would starve the compaction of a shard in which one document changes
 * all the time.
 *
 * @param choose picks names from the segments of the newest head; undefined if there is nothing to do
 * @returns undefined if there was nothing to do, if too few of the merged documents are still live, or if garbage collection raised the
 *   floor above the new segment
 * @throws {CorruptDataError} if the merged documents do not match the inputs' checksums
 */
export async function compactShard(
  components: CompactComponents,
  ref: ShardRef,
  choose: (segments: readonly SegmentEntry[]) => readonly string[] | undefined,
  onProgress?: (doneBytes: number) => void,
): Promise<Committed | undefined> {
  const head = await readHead(components, ref)
  assertExtendable(head, ref)
  const names = choose(head.manifest.segments)
  if (!names) return undefined

  const { store, random, compactSegments } = components
  const prefix = shardPrefix(ref)
  const name = newObjectName(head.manifest.version, random)
  const inputs = findEntries(head, names).map((entry) => entry!)
  const schemaVersion = Math.max(...inputs.map((entry) => entry.schemaVersion))
  const file = await compactSegments({ prefix, entries: inputs, name, schemaVersion, onProgress }).catch(
    async (error: unknown) => {
      await headAfter(components, ref, head, error)
      return undefined
    },
  )
  // Another process replaced the inputs, and they were collected.
  if (!file) return undefined
  verifyMerged(file, inputs, prefix)

  const edit: Edit = async (current) => {
    if (current.gcFloor > head.manifest.version) return undefined
    const entries = findEntries(current, names)
    const left = entries.reduce((sum, entry) => sum + (entry ? entry.docCount - entry.deletedCount : 0), 0)
    if (left < file.docCount * (1 - LOST_SHARE_MAX)) return undefined
    const { entry, upload } = await carryDeletions(components, { prefix, file, before: inputs, entries, head: current })
    return {
      draft: { schemaVersion, segments: replaceEntries(current.manifest.segments, names, entry) },
      uploads: upload,
    }
  }
  const committed = await commit(components, ref, edit)
  // No version names the files of an abandoned merge, nor ever will.
  if (!committed) await store.delete(ownFiles(prefix, file).map(({ key }) => key)).catch(() => undefined)
  return committed
}

/** The entries with these names; undefined for segments that are no longer live. */
function findEntries({ manifest }: Head, names: readonly string[]): (SegmentEntry | undefined)[] {
  const byName = new Map(manifest.segments.map((entry) => [entry.name, entry]))
  return names.map((name) => byName.get(name))
}

/** Puts the merged segment in the place of its first input. */
function replaceEntries(
  segments: readonly SegmentEntry[],
  names: readonly string[],
  merged: SegmentEntry,
): SegmentEntry[] {
  const inputs = new Set(names)
  const first = segments.findIndex(({ name }) => inputs.has(name))
  return segments.flatMap((entry, i) => (i === first ? [merged] : inputs.has(entry.name) ? [] : [entry]))
}

function verifyMerged(file: SegmentFile, inputs: readonly SegmentEntry[], prefix: string): void {
  const expected = sumChecksums(inputs.map(({ liveChecksum }) => liveChecksum))
  const docCount = inputs.reduce((sum, entry) => sum + entry.docCount - entry.deletedCount, 0)
  if (file.docCount === docCount && equalChecksums(file.checksum, expected)) return
  throw new CorruptDataError(
    'checksum_mismatch',
    `merging ${inputs.map((entry) => segmentKey(prefix, entry)).join(', ')} gave ${file.docCount} documents with checksum ` +
      `${hexOfBytes(file.checksum)}, expected ${docCount} with ${hexOfBytes(expected)}`,
  )
}

type Carrying = {
  readonly prefix: string
  readonly file: SegmentFile
  /** The inputs as they were merged, and the current entries of the same segments in the same order. */
  readonly before: readonly SegmentEntry[]
  readonly entries: readonly (SegmentEntry | undefined)[]
  readonly head: Head
}

/** The merged segment's entry, with tombstones for documents that were deleted from the inputs since. */
async function carryDeletions(
  components: CompactComponents,
  { prefix, file, before, entries, head }: Carrying,
): Promise<{ entry: SegmentEntry; upload: Promise<void> }> {
  const { store, openSegment, random } = components
  const lists = await Promise.all(before.map((input, i) => idsDeletedSince(components, prefix, input, entries[i])))
  const ids = lists.flat().sort(compareUtf8)
  const merged = liveEntry(file)
  if (ids.length === 0) return { entry: merged, upload: Promise.resolve() }

  const reader = await openSegment(store, prefix, merged)
  const deleted = newBitset(file.docCount)
  for (const [i, docId] of (await carryOut(store, reader.ids.find(encodeIds(ids)))).entries()) {
    if (docId < 0) {
      throw new CorruptDataError(
        'lost_document',
        `merged segment ${file.name} lacks the document ${JSON.stringify(ids[i])}`,
      )
    }
    bitsetAdd(deleted, docId)
  }
  const { bytes, parts } = encodeTombstones([deleted])
  const object = tombstonesKey(newObjectName(head.manifest.version, random))
  const entry = {
    ...merged,
    deletedCount: ids.length,
    tombstones: { object, ...parts[0]! },
    liveFieldTotals: sumFieldTotals(entries.map((input) => input?.liveFieldTotals ?? [])),
    liveChecksum: sumChecksums(entries.flatMap((input) => (input ? [input.liveChecksum] : []))),
  }
  return { entry, upload: store.put(prefix + object, bytes) }
}

async function idsDeletedSince(
  { store, openSegment }: CompactComponents,
  prefix: string,
  before: SegmentEntry,
  now: SegmentEntry | undefined,
): Promise<string[]> {
  if (now?.deletedCount === before.deletedCount) return []
  const [then, since, reader] = await Promise.all([
    deletedOf(store, prefix, before),
    now ? deletedOf(store, prefix, now) : allOf(before),
    openSegment(store, prefix, before),
  ])
  return carryOut(store, reader.ids.read(bitsetMembers(since.map((word, w) => word & ~then[w]!))))
}

function allOf({ docCount }: SegmentEntry): Bitset {
  const all = newBitset(docCount)
  for (let docId = 0; docId < docCount; docId++) bitsetAdd(all, docId)
  return all
}

async function deletedOf(
  store: CommitComponents['store'],
  prefix: string,
  { tombstones: ref, docCount }: SegmentEntry,
): Promise<Bitset> {
  return ref ? readTombstones(store, prefix, { ref, docCount }) : newBitset(docCount)
}

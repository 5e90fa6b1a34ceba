import { CorruptDataError } from '../errors.ts'
import { encodeIds } from '../segment/format/encoded-ids.ts'
import { carryOut } from '../segment/format/read-plan.ts'
import type { SegmentEntry, SegmentFile } from '../segment/format/segment-entry.ts'
import { segmentKey } from '../segment/read/open-segment.ts'
import { compareUtf8 } from '../utf8.ts'
import { type ShardRef, shardPrefix } from '../version/collection.ts'
import type { CommitComponents, Edited } from '../version/commit.ts'
import { DocumentFinder, type LiveHits, type OpenSegment } from '../version/find-documents.ts'
import type { Head } from '../version/head.ts'
import type { FoldedWrite } from '../version/manifest.ts'
import { newObjectName } from '../version/object-names.ts'
import type { PendingEntry } from '../version/pending.ts'
import { liveEntry } from '../version/segment-codec.ts'
import { writeTombstones } from './write-tombstones.ts'

export type FoldComponents = CommitComponents & { readonly openSegment: OpenSegment }

/** The effect of the pending writes of a head, one after another, and then of the committing writer's own. */
export type Fold = {
  /** Documents that the writes replace or delete: in live segments, and in segments of pending writes. */
  readonly hits: readonly LiveHits[]
  /** Segments of the pending writes. */
  readonly added: readonly SegmentEntry[]
  readonly folded: readonly FoldedWrite[]
  /** Indexes of those of the writer's own ids that had a document when the writer's turn came. */
  readonly present: readonly number[]
}

export type OwnWrite = {
  readonly prefix: string
  /** Ids that the writer itself puts or deletes, after all pending writes: ascending in UTF-8 byte order, distinct. */
  readonly ids: readonly string[]
  /** A finder for exactly these ids, from a writer that tries several heads. */
  readonly finder?: DocumentFinder
}

/**
 * Computes the effect of the pending writes of `head`. Opens the segment of a pending write only if
 * a later write replaces or deletes one of its documents.
 */
export async function foldPending(components: FoldComponents, head: Head, own: OwnWrite): Promise<Fold> {
  const { store, openSegment } = components
  const { manifest, pending } = head
  const ids = pending.length === 0 ? own.ids : unionOf([...pending.map((entry) => entry.ids), own.ids])
  const known = pending.length === 0 ? own.finder : undefined
  const finder = known ?? new DocumentFinder(store, openSegment, { prefix: own.prefix, ids })
  const hits = await finder.find(manifest)
  const replay = new Replay(ids, hits)
  const folded = pending.map((entry) => ({ id: entry.id, present: replay.apply(entry.ids, (i) => entry.isPut[i]!) }))
  const present = replay.apply(own.ids, () => true)

  const added = pending.flatMap(({ file }) => (file ? [liveEntry(file)] : []))
  const replaced = await Promise.all(
    pending.map((entry, order) => findReplaced(components, own.prefix, entry, replay.idsReplacedSince(entry, order))),
  )
  return { hits: [...hits, ...replaced.flat()], added, folded, present }
}

/** The writer's own part of a commit that folds pending writes. */
export type OwnPart = {
  readonly prefix: string
  readonly schemaVersion: number
  readonly file?: SegmentFile | undefined
}

/**
 * Drafts the new list of segments: the head's, those of the pending writes, and the writer's own, without the replaced and deleted documents.
 *
 * @returns the upload of the tombstones, which may still be under way
 */
export async function draftFold(
  { store, random }: FoldComponents,
  { manifest }: Head,
  { hits, added, folded }: Omit<Fold, 'present'>,
  { prefix, schemaVersion, file }: OwnPart,
): Promise<{ readonly draft: Edited['draft']; readonly upload: Promise<void> }> {
  const deletion =
    hits.length === 0
      ? undefined
      : await writeTombstones(store, hits, { prefix, objectName: newObjectName(manifest.version, random) })
  const kept = [...manifest.segments, ...added].flatMap((entry) =>
    deletion?.entries.has(entry.name) ? (deletion.entries.get(entry.name) ?? []) : entry,
  )
  const draft = {
    schemaVersion: Math.max(schemaVersion, ...added.map((entry) => entry.schemaVersion)),
    segments: file ? [...kept, liveEntry(file)] : kept,
    folded,
  }
  return { draft, upload: deletion?.upload ?? Promise.resolve() }
}

/** An edit that only folds pending writes; undefined if there are none. */
export async function editFold(components: FoldComponents, ref: ShardRef, head: Head): Promise<Edited | undefined> {
  if (head.pending.length === 0) return undefined
  const prefix = shardPrefix(ref)
  const fold = await foldPending(components, head, { prefix, ids: [] })
  const { draft, upload } = await draftFold(components, head, fold, {
    prefix,
    schemaVersion: head.manifest.schemaVersion,
  })
  return { draft, uploads: upload }
}

/** Tracks which ids have a document while writes are applied one after another. */
class Replay {
  readonly #places: ReadonlyMap<string, number>
  readonly #exists: Uint8Array
  /** Number of the last write that touched each id. */
  readonly #last: Uint32Array
  #count = 0

  constructor(ids: readonly string[], hits: readonly LiveHits[]) {
    this.#places = new Map(ids.map((id, place) => [id, place]))
    this.#exists = new Uint8Array(ids.length)
    this.#last = new Uint32Array(ids.length)
    for (const { idIndexes } of hits) for (const place of idIndexes) this.#exists[place] = 1
  }

  /** Applies a write. @returns indexes of those of its `ids` that had a document before */
  apply(ids: readonly string[], isPut: (i: number) => boolean): number[] {
    const order = this.#count++
    const present: number[] = []
    for (const [i, id] of ids.entries()) {
      const place = this.#places.get(id)!
      if (this.#exists[place] === 1) present.push(i)
      this.#exists[place] = isPut(i) ? 1 : 0
      this.#last[place] = order
    }
    return present
  }

  /** Ids that write number `order` put and a later write touched, ascending. */
  idsReplacedSince({ ids, isPut }: PendingEntry, order: number): string[] {
    return ids.filter((id, i) => isPut[i] && this.#last[this.#places.get(id)!] !== order)
  }
}

async function findReplaced(
  { store, openSegment }: FoldComponents,
  prefix: string,
  { file }: PendingEntry,
  ids: readonly string[],
): Promise<LiveHits[]> {
  if (!file || ids.length === 0) return []
  const entry = liveEntry(file)
  const reader = await openSegment(store, prefix, entry)
  const docIds = Uint32Array.from(await carryOut(store, reader.ids.find(encodeIds(ids))), (docId, i) => {
    if (docId >= 0) return docId
    throw new CorruptDataError(
      'lost_document',
      `segment ${segmentKey(prefix, file)} of a pending write lacks the document ${JSON.stringify(ids[i])}`,
    )
  })
  return [{ entry, reader, deleted: undefined, docIds, idIndexes: Uint32Array.from(ids.keys()) }]
}

function unionOf(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort(compareUtf8)
}

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

/** What the writes that wait in a head come to, one after another, and then the committing writer's own. */
export type Fold = {
  /** Documents that are there no more after them: of live segments, and of waiting ones where a later write has the same id. */
  readonly hits: readonly LiveHits[]
  /** Segments of the waiting writes. */
  readonly added: readonly SegmentEntry[]
  readonly folded: readonly FoldedWrite[]
  /** Places in the writer's own ids of which there was a document when its turn came. */
  readonly present: readonly number[]
}

export type OwnWrite = {
  readonly prefix: string
  /** Ids that the writer itself puts or deletes, after all others: ascending in UTF-8 byte order, distinct. */
  readonly ids: readonly string[]
  /** Of exactly these ids, as a writer that meets several heads has it. */
  readonly finder?: DocumentFinder
}

/**
 * Finds what the writes that wait in `head` do. Opens a waiting segment only if
 * one of its documents is replaced or deleted by a later write.
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

/** The writer's own part of a commit that folds. */
export type OwnPart = {
  readonly prefix: string
  readonly schemaVersion: number
  readonly file?: SegmentFile | undefined
}

/**
 * The new list of segments: what the head has and what waited, without the documents that were hit, and the writer's own segment.
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

/** An edit that takes along what waits and does nothing else; undefined if nothing does. */
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

/** Which ids have a document, as one write after another is applied. */
class Replay {
  readonly #places: ReadonlyMap<string, number>
  readonly #exists: Uint8Array
  /** Per id the number of the write that touched it last. */
  readonly #last: Uint32Array
  #count = 0

  constructor(ids: readonly string[], hits: readonly LiveHits[]) {
    this.#places = new Map(ids.map((id, place) => [id, place]))
    this.#exists = new Uint8Array(ids.length)
    this.#last = new Uint32Array(ids.length)
    for (const { idIndexes } of hits) for (const place of idIndexes) this.#exists[place] = 1
  }

  /** @returns places in `ids` of which there was a document before */
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

  /** Ids that the write of that number put and a later one touched, ascending. */
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
      `waiting segment ${segmentKey(prefix, file)} lacks the document ${JSON.stringify(ids[i])}`,
    )
  })
  return [{ entry, reader, deleted: undefined, docIds, idIndexes: Uint32Array.from(ids.keys()) }]
}

function unionOf(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())].sort(compareUtf8)
}

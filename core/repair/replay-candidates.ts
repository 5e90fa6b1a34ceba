import { bitsetHas, newBitset } from '../bytes/bitset.ts'
import type { Random } from '../random.ts'
import { HASH_BYTES } from '../segment/format/document-hash.ts'
import { carryOut } from '../segment/format/read-plan.ts'
import type { SegmentEntry } from '../segment/format/segment-entry.ts'
import { readTombstones } from '../segment/format/tombstones.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { compareUtf8 } from '../utf8.ts'
import { type ShardRef, shardPrefix } from '../version/collection.ts'
import { DocumentFinder, type LiveHits, type OpenSegment } from '../version/find-documents.ts'
import type { Manifest } from '../version/manifest.ts'
import { newObjectName } from '../version/object-names.ts'
import { equalChecksums } from '../version/set-checksum.ts'
import { writeTombstones } from '../writing/write-tombstones.ts'

export type ReplayComponents = {
  readonly store: ObjectStore
  readonly random: Random
  readonly openSegment: OpenSegment
}

export type Replayed = {
  readonly segments: readonly SegmentEntry[]
  /** Ids of documents that several attempts changed differently; only the first {@link CONFLICTS_LISTED_MAX}. */
  readonly conflicts: readonly string[]
  readonly conflictCount: number
}

export const CONFLICTS_LISTED_MAX = 100
/** Documents per look-up. */
const BATCH_DOCS = 4096

/**
 * Combines several attempts on top of one version. At most one of them was committed, and it is unknown which, so the
 * changes of all are kept. An attempt has changed a document if its hash differs from the hash in `base`. If two attempts
 * changed the same document, the later upload wins, except that a written document wins over its deletion.
 *
 * @param base the version below the attempts; undefined if it is lost: then documents that an attempt deleted may reappear
 * @param attempts in upload order, at least one
 */
export async function replayCandidates(
  components: ReplayComponents,
  ref: ShardRef,
  { base, attempts }: { readonly base: Manifest | undefined; readonly attempts: readonly Manifest[] },
): Promise<Replayed> {
  const changing = attempts.filter((one) => base === undefined || !hasSameDocuments(one, base))
  // Attempts that only merged segments changed no documents, so at most one of them is needed.
  const [first = attempts.at(-1)!, ...rest] = changing
  const conflicts: string[] = []
  let conflictCount = 0
  let segments = first.segments
  for (const attempt of rest) {
    const replay = new Replay(components, ref, { base, attempt, current: { ...attempt, segments } })
    segments = await replay.run((id) => {
      if (conflictCount++ < CONFLICTS_LISTED_MAX) conflicts.push(id)
    })
  }
  return { segments, conflicts, conflictCount }
}

function hasSameDocuments(a: Manifest, b: Manifest): boolean {
  return equalChecksums(a.checksum, b.checksum)
}

/** A document of a version: its place and its hash. */
type Found = { readonly entry: SegmentEntry; readonly docId: number; readonly hash: string }

/** Adds the changes of one attempt after another. */
class Replay {
  readonly #components: ReplayComponents
  readonly #ref: ShardRef
  readonly #base: Manifest | undefined
  readonly #attempt: Manifest
  readonly #current: Manifest
  /** Documents to delete from present and added segments, by segment. */
  readonly #deleted = new Map<string, number[]>()

  constructor(
    components: ReplayComponents,
    ref: ShardRef,
    versions: { base: Manifest | undefined; attempt: Manifest; current: Manifest },
  ) {
    this.#components = components
    this.#ref = ref
    this.#base = versions.base
    this.#attempt = versions.attempt
    this.#current = versions.current
  }

  async run(onConflict: (id: string) => void): Promise<readonly SegmentEntry[]> {
    const known = new Set([...this.#current.segments, ...(this.#base?.segments ?? [])].map(({ name }) => name))
    const added = this.#attempt.segments.filter(({ name }) => !known.has(name))
    for (const entry of added) {
      for await (const ids of this.#liveIds(entry)) await this.#replayWritten(ids, entry, onConflict)
    }
    for (const entry of this.#base?.segments ?? []) {
      const now = this.#attempt.segments.find(({ name }) => name === entry.name)
      if (now && now.deletedCount === entry.deletedCount) continue
      for await (const ids of this.#liveIds(entry)) await this.#replayDeleted(ids, onConflict)
    }
    return this.#withoutDeleted([...this.#current.segments, ...added])
  }

  async #replayWritten(ids: readonly string[], entry: SegmentEntry, onConflict: (id: string) => void): Promise<void> {
    const [before, now, written] = await Promise.all([
      this.#find(this.#base, ids),
      this.#find(this.#current, ids),
      this.#find({ ...this.#attempt, segments: [entry] }, ids),
    ])
    for (const id of ids) {
      const [old, current, own] = [before.get(id), now.get(id), written.get(id)!]
      const isUnchanged = own.hash === old?.hash
      // Copied by a merge, or equal to another attempt's: the present one stays.
      if (isUnchanged || own.hash === current?.hash) this.#delete(own)
      else if (current) {
        if (current.hash !== old?.hash) onConflict(id)
        this.#delete(current)
      } else if (old) onConflict(id)
    }
  }

  async #replayDeleted(ids: readonly string[], onConflict: (id: string) => void): Promise<void> {
    const [before, now, after] = await Promise.all([
      this.#find(this.#base, ids),
      this.#find(this.#current, ids),
      this.#find(this.#attempt, ids),
    ])
    for (const id of ids) {
      const current = now.get(id)
      if (after.has(id) || current === undefined) continue
      if (current.hash === before.get(id)?.hash) this.#delete(current)
      else onConflict(id)
    }
  }

  #delete({ entry, docId }: Found): void {
    const docIds = this.#deleted.get(entry.name) ?? []
    docIds.push(docId)
    this.#deleted.set(entry.name, docIds)
  }

  /** Finds the live documents of a version with the given ids. @param ids ascending */
  async #find(manifest: Manifest | undefined, ids: readonly string[]): Promise<ReadonlyMap<string, Found>> {
    const found = new Map<string, Found>()
    if (manifest === undefined) return found
    const { store, openSegment } = this.#components
    const finder = new DocumentFinder(store, openSegment, { prefix: shardPrefix(this.#ref), ids })
    for (const { entry, reader, docIds, idIndexes } of await finder.find(manifest)) {
      const hashes = Buffer.from(await carryOut(store, reader.hashes.read(docIds)))
      for (const [i, docId] of docIds.entries()) {
        const hash = hashes.toString('hex', i * HASH_BYTES, (i + 1) * HASH_BYTES)
        found.set(ids[idIndexes[i]!]!, { entry, docId, hash })
      }
    }
    return found
  }

  /** Yields the ids of a segment's live documents, in ascending batches. */
  async *#liveIds(entry: SegmentEntry): AsyncGenerator<readonly string[]> {
    const { store, openSegment } = this.#components
    const prefix = shardPrefix(this.#ref)
    const reader = await openSegment(store, prefix, entry)
    const { tombstones: ref, docCount } = entry
    const deleted = ref ? await readTombstones(store, prefix, { ref, docCount }) : newBitset(docCount)
    for (let from = 0; from < docCount; from += BATCH_DOCS) {
      const all = Array.from({ length: Math.min(BATCH_DOCS, docCount - from) }, (_, i) => from + i)
      const live = all.filter((docId) => !bitsetHas(deleted, docId))
      if (live.length > 0) yield (await carryOut(store, reader.ids.read(live))).toSorted(compareUtf8)
    }
  }

  async #withoutDeleted(segments: readonly SegmentEntry[]): Promise<readonly SegmentEntry[]> {
    const { store, random, openSegment } = this.#components
    const prefix = shardPrefix(this.#ref)
    const hits: LiveHits[] = []
    for (const entry of segments) {
      const docIds = Uint32Array.from(new Set(this.#deleted.get(entry.name))).sort()
      if (docIds.length === 0) continue
      const { tombstones: ref, docCount } = entry
      const deleted = ref && (await readTombstones(store, prefix, { ref, docCount }))
      const reader = await openSegment(store, prefix, entry)
      hits.push({ entry, reader, deleted, docIds, idIndexes: new Uint32Array(docIds.length) })
    }
    if (hits.length === 0) return segments
    const objectName = newObjectName(this.#attempt.version, random)
    const { entries, upload } = await writeTombstones(store, hits, { prefix, objectName })
    await upload
    return segments.flatMap((entry) => (entries.has(entry.name) ? (entries.get(entry.name) ?? []) : entry))
  }
}

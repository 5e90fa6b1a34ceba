import { bitsetHas } from '../../../core/bytes/bitset.ts'
import { DocumentHasher, HASH_BYTES, sumHashes } from '../../../core/segment/format/document-hash.ts'
import { carryOut } from '../../../core/segment/format/read-plan.ts'
import type { SegmentEntry } from '../../../core/segment/format/segment-entry.ts'
import { readTombstones } from '../../../core/segment/format/tombstones.ts'
import { openSegment, segmentKey } from '../../../core/segment/read/open-segment.ts'
import type { ObjectStore } from '../../../core/storage/object-store.ts'
import type { Manifest } from '../../../core/version/manifest.ts'
import { manifestKey } from '../../../core/version/object-names.ts'
import { equalChecksums, sumChecksums } from '../../../core/version/set-checksum.ts'
import { Violation } from '../processes/scheduler.ts'

/** Live documents of one segment as of its tombstones, by id: the number that each was written with. */
type Live = ReadonlyMap<string, number>

/** Reads versions whole, straight from the store, with none of the caches that processes have. */
export class VersionReader {
  readonly #store: ObjectStore
  /** By everything that an entry says: objects never change, so what was checked stays right. */
  readonly #checked = new Map<string, Live>()
  readonly #hasher = new DocumentHasher()

  constructor(store: ObjectStore) {
    this.#store = store
  }

  /**
   * The live documents of a version.
   *
   * @throws {Violation} if an object is missing, an id lives twice, or a count or checksum is not that of the documents
   */
  async read(prefix: string, manifest: Manifest): Promise<Map<string, number>> {
    const documents = new Map<string, number>()
    for (const entry of manifest.segments) {
      for (const [id, value] of await this.#readEntry(prefix, entry)) {
        if (documents.has(id)) throw new Violation(`document ${id} lives twice in version ${manifest.version}`)
        documents.set(id, value)
      }
    }
    const sum = sumChecksums(manifest.segments.map(({ liveChecksum }) => liveChecksum))
    if (!equalChecksums(manifest.checksum, sum)) {
      throw new Violation(`version ${manifest.version} has another set checksum than its segments`)
    }
    return documents
  }

  async #readEntry(prefix: string, entry: SegmentEntry): Promise<Live> {
    const key = prefix + JSON.stringify(entry)
    const known = this.#checked.get(key)
    if (known) return known
    const live = await this.#check(prefix, entry).catch((error: unknown) => {
      if (error instanceof Violation) throw error
      throw new Violation(`a version names ${segmentKey(prefix, entry)}, which cannot be read: ${String(error)}`)
    })
    this.#checked.set(key, live)
    return live
  }

  async #check(prefix: string, entry: SegmentEntry): Promise<Live> {
    const { tombstones, docCount, deletedCount, liveChecksum, name } = entry
    const reader = await openSegment(this.#store, prefix, entry)
    const deleted = tombstones && (await readTombstones(this.#store, prefix, { ref: tombstones, docCount }))
    const docIds = Array.from({ length: docCount }, (_, docId) => docId).filter(
      (docId) => !deleted || !bitsetHas(deleted, docId),
    )
    if (docIds.length !== docCount - deletedCount) throw new Violation(`${name} counts its deleted documents wrongly`)
    const ids = await carryOut(this.#store, reader.ids.read(docIds))
    const jsons = await carryOut(this.#store, reader.documents.read(docIds))
    const hashes = new Uint8Array(docIds.length * HASH_BYTES)
    for (const [i, json] of jsons.entries()) this.#hasher.hashInto({ id: ids[i]!, json }, hashes, i * HASH_BYTES)
    if (!equalChecksums(sumHashes(hashes), liveChecksum)) {
      throw new Violation(`the checksum of ${name} is not that of its documents`)
    }
    return new Map(ids.map((id, i) => [id, (JSON.parse(new TextDecoder().decode(jsons[i])) as { n: number }).n]))
  }
}

/** Keys of the objects that a version consists of. */
export function objectsOf(prefix: string, manifest: Manifest): string[] {
  return [
    prefix + manifestKey(manifest),
    ...manifest.segments.flatMap(({ name, tombstones }) => [
      segmentKey(prefix, { name }),
      ...(tombstones ? [prefix + tombstones.object] : []),
    ]),
  ]
}

import { type Bitset, bitsetHas } from '../bytes/bitset.ts'
import { type EncodedIds, encodeIds } from '../segment/format/encoded-ids.ts'
import { carryOut } from '../segment/format/read-plan.ts'
import type { SegmentEntry } from '../segment/format/segment-entry.ts'
import { readTombstones } from '../segment/format/tombstones.ts'
import type { SegmentReader } from '../segment/read/segment-reader.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { Manifest } from './manifest.ts'

/** Opens a segment of any shard, from memory if possible. */
export type OpenSegment = (store: ObjectStore, prefix: string, entry: SegmentEntry) => Promise<SegmentReader>

/** Documents of one segment, and for each the index of its id in the list of ids. In the order of ids. */
export type Hits = { readonly docIds: Uint32Array; readonly idIndexes: Uint32Array }

/** Live documents of one segment. */
export type LiveHits = Hits & {
  readonly entry: SegmentEntry
  readonly reader: SegmentReader
  /** The segment's tombstones in the manifest of the search. */
  readonly deleted: Bitset | undefined
}

/**
 * Finds the documents with given ids. A second search, in a later manifest, reads only the
 * segments that are new, because segments never change.
 */
export class DocumentFinder {
  readonly #store: ObjectStore
  readonly #openSegment: OpenSegment
  readonly #prefix: string
  readonly #ids: EncodedIds
  readonly #found = new Map<string, Promise<Hits & { readonly reader: SegmentReader }>>()

  /** @param shard.ids ascending in UTF-8 byte order, distinct */
  constructor(
    store: ObjectStore,
    openSegment: OpenSegment,
    shard: { readonly prefix: string; readonly ids: readonly string[] },
  ) {
    this.#store = store
    this.#openSegment = openSegment
    this.#prefix = shard.prefix
    this.#ids = encodeIds(shard.ids)
  }

  /** Live documents with any of the ids, in the manifest's order of segments. Segments without hits are left out. */
  async find(manifest: Manifest): Promise<LiveHits[]> {
    const names = new Set(manifest.segments.map(({ name }) => name))
    for (const name of this.#found.keys()) if (!names.has(name)) this.#found.delete(name)
    const found = await Promise.all(manifest.segments.map((entry) => this.#findLive(entry)))
    return found.filter(({ docIds }) => docIds.length > 0)
  }

  async #findLive(entry: SegmentEntry): Promise<LiveHits> {
    const { reader, docIds, idIndexes } = await this.#findInSegment(entry)
    const { tombstones: ref, docCount } = entry
    if (docIds.length === 0 || ref === undefined) return { entry, reader, deleted: undefined, docIds, idIndexes }
    const deleted = await readTombstones(this.#store, this.#prefix, { ref, docCount })
    const isLive = (_: number, i: number) => !bitsetHas(deleted, docIds[i]!)
    return { entry, reader, deleted, docIds: docIds.filter(isLive), idIndexes: idIndexes.filter(isLive) }
  }

  #findInSegment(entry: SegmentEntry): Promise<Hits & { readonly reader: SegmentReader }> {
    const known = this.#found.get(entry.name)
    if (known) return known
    const finding = this.#readSegment(entry)
    this.#found.set(entry.name, finding)
    finding.catch(() => this.#found.delete(entry.name))
    return finding
  }

  async #readSegment(entry: SegmentEntry): Promise<Hits & { readonly reader: SegmentReader }> {
    const reader = await this.#openSegment(this.#store, this.#prefix, entry)
    const docIdOf = await carryOut(this.#store, reader.ids.find(this.#ids))
    const found: number[] = []
    for (let i = 0; i < docIdOf.length; i++) if (docIdOf[i]! >= 0) found.push(i)
    const idIndexes = Uint32Array.from(found)
    return { reader, idIndexes, docIds: idIndexes.map((i) => docIdOf[i]!) }
  }
}

import { type Bitset, bitsetHas, bitsetSize } from '../../bytes/bitset.ts'
import { TOMBSTONE } from '../../postings/merge-postings.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { compareUtf8 } from '../../utf8.ts'
import { carryOut } from '../format/read-plan.ts'
import { SectionKind } from '../format/segment-format.ts'
import type { SegmentReader } from '../read/segment-reader.ts'

/** One of the segments that are merged, and its deleted documents. */
export type LiveSource = {
  readonly store: ObjectStore
  readonly reader: SegmentReader
  readonly tombstones: Bitset | undefined
}

/** Documents of a source whose ids or hashes are fetched together. */
const BATCH_DOCS = 8192
/** Compressed bytes of a source's documents that are fetched together. */
const BATCH_BYTES = 512 * 1024
const BATCH_DOCS_MIN = 16

/** The order of the live documents of all sources by id. */
export type MergeOrder = {
  readonly docCount: number
  /** For each source the new docId by old docId, or {@link TOMBSTONE}. */
  readonly maps: readonly Uint32Array[]
  /** Source number by new docId. Documents of one source keep their order. */
  readonly sourceOf: Uint32Array
}

export function liveCount({ reader, tombstones }: LiveSource): number {
  return reader.docCount - (tombstones === undefined ? 0 : bitsetSize(tombstones))
}

/** The docIds of a source's live documents, ascending. */
export function liveDocIds({ reader, tombstones }: LiveSource): Uint32Array {
  const docIds = new Uint32Array(liveCount({ reader, tombstones } as LiveSource))
  let next = 0
  for (let docId = 0; docId < reader.docCount; docId++) {
    if (tombstones === undefined || !bitsetHas(tombstones, docId)) docIds[next++] = docId
  }
  return docIds
}

/**
 * Fetches one item for each live document of a source, in batches, and gives the items in
 * docId order. Fetches the next batch while the caller works on the current one.
 */
export class LiveCursor<T> {
  readonly #docIds: Uint32Array
  readonly #fetch: (docIds: Uint32Array) => Promise<readonly T[]>
  readonly #batchDocs: number
  #fetched = 0
  #batch: readonly T[] = []
  #at = 0
  #next: Promise<readonly T[]>

  constructor(docIds: Uint32Array, fetch: (docIds: Uint32Array) => Promise<readonly T[]>, batchDocs = BATCH_DOCS) {
    this.#docIds = docIds
    this.#fetch = fetch
    this.#batchDocs = batchDocs
    this.#next = this.#fetchNext()
  }

  /** Whether {@link fill} must be called before {@link current}. */
  get isEmpty(): boolean {
    return this.#at === this.#batch.length
  }

  /** Whether the cursor has no more items. */
  get isDone(): boolean {
    return this.isEmpty && this.#fetched === this.#docIds.length
  }

  async fill(): Promise<void> {
    this.#batch = await this.#next
    this.#fetched += this.#batch.length
    this.#at = 0
    this.#next = this.#fetchNext()
  }

  get current(): T {
    return this.#batch[this.#at]!
  }

  next(): T {
    return this.#batch[this.#at++]!
  }

  /** DocId of the current item in its source. */
  get docId(): number {
    return this.#docIds[this.#fetched - this.#batch.length + this.#at]!
  }

  #fetchNext(): Promise<readonly T[]> {
    const docIds = this.#docIds.subarray(this.#fetched, this.#fetched + this.#batchDocs)
    const batch = docIds.length === 0 ? Promise.resolve([]) : this.#fetch(docIds)
    // An error reaches the caller that awaits the batch. If the merge is given up, nobody awaits it.
    batch.catch(() => undefined)
    return batch
  }
}

/** Compressed bytes of a source's documents. */
export function documentBytes({ reader }: LiveSource): number {
  const section = reader.footer.sections.find(({ kind }) => kind === SectionKind.documents)
  return section === undefined ? 0 : section.end - section.start
}

/** How many of a source's documents to fetch together, given their average size. */
export function documentsPerBatch(source: LiveSource): number {
  const average = Math.max(1, documentBytes(source) / Math.max(1, source.reader.docCount))
  return Math.min(BATCH_DOCS, Math.max(BATCH_DOCS_MIN, Math.floor(BATCH_BYTES / average)))
}

/**
 * Merges the ids of all sources and gives every live document its new docId.
 *
 * @param visit called with each id, in the new order
 */
export async function planMerge(sources: readonly LiveSource[], visit: (id: string) => void): Promise<MergeOrder> {
  const maps = sources.map(({ reader }) => new Uint32Array(reader.docCount).fill(TOMBSTONE))
  const docCount = sources.reduce((sum, source) => sum + liveCount(source), 0)
  const sourceOf = new Uint32Array(docCount)
  const cursors = sources.map((source) => {
    return new LiveCursor(liveDocIds(source), (docIds) => carryOut(source.store, source.reader.ids.read(docIds)))
  })
  for (let docId = 0; docId < docCount; docId++) {
    let first = -1
    for (const [s, cursor] of cursors.entries()) {
      if (cursor.isEmpty) {
        if (cursor.isDone) continue
        await cursor.fill()
      }
      if (first === -1 || compareUtf8(cursor.current, cursors[first]!.current) < 0) first = s
    }
    const cursor = cursors[first]!
    maps[first]![cursor.docId] = docId
    sourceOf[docId] = first
    visit(cursor.next())
  }
  return { docCount, maps, sourceOf }
}

import { type Bitset, newBitset } from '../../bytes/bitset.ts'
import { type Shelf, UnitCache } from '../../cache/unit-cache.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { afterReads, carryOut, type Plan } from '../format/read-plan.ts'
import type { SegmentEntry, SegmentFile } from '../format/segment-entry.ts'
import { tombstonesObject, tombstonesRead } from '../format/tombstones.ts'
import { segmentKey, segmentRead, WHOLE_FILE_BYTES } from './open-segment.ts'
import type { SegmentReader } from './segment-reader.ts'

/** Bytes of footers and small files that open segments may hold together. */
const OPEN_BYTES_MAX = 64 * 1024 * 1024
/** Bytes of everything that is decoded of segments. */
const UNIT_BYTES_MAX = 128 * 1024 * 1024
/** What a reader costs besides its footer. */
const READER_BYTES = 4 * 1024

/** Which documents of a segment are deleted, and which are left. Shared: not to be changed. */
export type Deletions = { readonly deleted: Bitset; readonly live: Bitset }

/**
 * Keeps segments open, those used last, and what is decoded of them in one {@link UnitCache}: a segment that is closed
 * takes its units along.
 */
export class SegmentCache {
  readonly units: UnitCache
  readonly #bytesMax: number
  readonly #open = new Map<string, { readonly reader: SegmentReader; readonly byteSize: number }>()
  /** By key of the object, then by where its part begins. */
  readonly #deletions: Shelf<string, ReadonlyMap<number, Deletions>>
  #byteSize = 0

  constructor({ bytesMax = OPEN_BYTES_MAX, unitBytesMax = UNIT_BYTES_MAX } = {}) {
    this.#bytesMax = bytesMax
    this.units = new UnitCache(unitBytesMax)
    this.#deletions = this.units.openFile().shelf()
  }

  /** Bytes of footers and small files of open segments. */
  get byteSize(): number {
    return this.#byteSize
  }

  /** Segments held open. */
  get size(): number {
    return this.#open.size
  }

  /** A segment, read unless it is open. @param prefix of the shard whose manifest names it, with the final slash */
  plan(prefix: string, file: SegmentFile): Plan<SegmentReader> {
    const known = this.#find(segmentKey(prefix, file))
    if (known !== undefined) return known
    const read = segmentRead(prefix, file, this.units)
    return afterReads(
      [{ ...read, decode: (bytes) => this.#keep(read.key, file, () => read.decode(bytes)) }],
      ([reader]) => reader!,
    )
  }

  /** Opens a segment as {@link plan} does, for a caller that waits for it alone. */
  readonly open = (store: ObjectStore, prefix: string, file: SegmentFile): Promise<SegmentReader> => {
    return carryOut(store, this.plan(prefix, file))
  }

  /** What is deleted of a segment; undefined if nothing is. */
  deletions(prefix: string, { tombstones: ref, docCount }: SegmentEntry): Plan<Deletions | undefined> {
    if (ref === undefined) return undefined
    const key = tombstonesObject(prefix, ref)
    const known = this.#deletions.get(key)?.get(ref.start)
    if (known !== undefined) return known
    return afterReads([tombstonesRead(prefix, { ref, docCount })], ([deleted]) => {
      const found = { deleted: deleted!, live: without(deleted!, docCount) }
      const parts = new Map(this.#deletions.get(key)).set(ref.start, found)
      const byteSize = [...parts.values()].reduce((sum, part) => sum + 2 * part.deleted.byteLength, 0)
      this.#deletions.set(key, parts, byteSize)
      return found
    })
  }

  isOpen(prefix: string, file: SegmentFile): boolean {
    return this.#open.has(segmentKey(prefix, file))
  }

  /** Lets go of objects that nothing new names: closes segments, forgets tombstones. */
  forget(keys: readonly string[]): void {
    for (const key of keys) {
      this.#close(key)
      this.#deletions.delete(key)
    }
  }

  #close(key: string): void {
    const entry = this.#open.get(key)
    if (entry === undefined) return
    this.#open.delete(key)
    this.#byteSize -= entry.byteSize
    entry.reader.release()
  }

  #find(key: string): SegmentReader | undefined {
    const known = this.#open.get(key)
    if (known === undefined) return undefined
    this.#open.delete(key)
    this.#open.set(key, known)
    return known.reader
  }

  /** Several callers may have asked for a segment at once: the first who has its bytes opens it for all. */
  #keep(key: string, file: SegmentFile, open: () => SegmentReader): SegmentReader {
    const known = this.#find(key)
    if (known !== undefined) return known
    const entry = { reader: open(), byteSize: heldBytes(file) }
    this.#open.set(key, entry)
    this.#byteSize += entry.byteSize
    for (const oldest of this.#open.keys()) {
      if (this.#byteSize <= this.#bytesMax || this.#open.size === 1) break
      this.#close(oldest)
    }
    return entry.reader
  }
}

/** The first `docCount` documents without the deleted ones. */
function without(deleted: Bitset, docCount: number): Bitset {
  const live = newBitset(docCount)
  for (let w = 0; w < live.length; w++) live[w] = ~deleted[w]!
  const rest = docCount & 31
  if (rest !== 0) live[live.length - 1]! &= 2 ** rest - 1
  return live
}

function heldBytes({ byteSize, footerSize }: SegmentFile): number {
  return READER_BYTES + (byteSize < WHOLE_FILE_BYTES ? byteSize : footerSize)
}

import { type Bitset, newBitset } from '../../bytes/bitset.ts'
import { type Shelf, UnitCache } from '../../cache/unit-cache.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { afterReads, carryOut, type Plan } from '../format/read-plan.ts'
import type { SegmentEntry, SegmentFile } from '../format/segment-entry.ts'
import { tombstonesObject, tombstonesRead } from '../format/tombstones.ts'
import { segmentKey, segmentRead, WHOLE_FILE_BYTES } from './open-segment.ts'
import type { SegmentReader } from './segment-reader.ts'

/** Bytes of footers and small files that all open segments may hold in memory. */
const OPEN_BYTES_MAX = 64 * 1024 * 1024
/** Bytes of all decoded units of segments. */
const UNIT_BYTES_MAX = 128 * 1024 * 1024
/** Bytes that a reader takes in addition to its footer: 8 KB, and up to 20 KB more once its dictionaries are open. */
const READER_BYTES = 24 * 1024

/** The deleted and the live documents of a segment. Shared: callers must not change them. */
export type Deletions = { readonly deleted: Bitset; readonly live: Bitset }

/**
 * Keeps the most recently used segments open, and their decoded units in one {@link UnitCache}. Closing a segment
 * drops its units.
 */
export class SegmentCache {
  readonly units: UnitCache
  readonly #bytesMax: number
  readonly #open = new Map<string, { readonly reader: SegmentReader; readonly byteSize: number }>()
  /** By key of the tombstones' object, then by the segment's first byte in it. */
  readonly #deletions: Shelf<string, ReadonlyMap<number, Deletions>>
  #byteSize = 0

  constructor({ bytesMax = OPEN_BYTES_MAX, unitBytesMax = UNIT_BYTES_MAX } = {}) {
    this.#bytesMax = bytesMax
    this.units = new UnitCache(unitBytesMax)
    this.#deletions = this.units.openFile().shelf()
  }

  /** Bytes that open segments hold in memory without their decoded units. */
  get byteSize(): number {
    return this.#byteSize
  }

  /** Number of open segments. */
  get size(): number {
    return this.#open.size
  }

  /** Opens a segment, without a read if it is already open. @param prefix of the shard whose manifest names the segment, with the final slash */
  plan(prefix: string, file: SegmentFile): Plan<SegmentReader> {
    const known = this.#find(segmentKey(prefix, file))
    if (known !== undefined) return known
    const read = segmentRead(prefix, file, this.units)
    return afterReads(
      [{ ...read, decode: (bytes) => this.#keep(read.key, file, () => read.decode(bytes)) }],
      ([reader]) => reader!,
    )
  }

  /** Opens a segment as {@link plan} does, for a caller that waits for nothing else. */
  readonly open = (store: ObjectStore, prefix: string, file: SegmentFile): Promise<SegmentReader> => {
    return carryOut(store, this.plan(prefix, file))
  }

  /** The deletions of a segment; undefined if it has no tombstones. */
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

  /** Drops objects that new manifests no longer name: closes segments and forgets tombstones. */
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

  /** Several callers may read a segment at the same time; the first whose read arrives opens it for all of them. */
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

/** All of `docCount` documents except the deleted ones. */
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

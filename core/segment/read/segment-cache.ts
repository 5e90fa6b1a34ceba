import type { MaybePromise } from '../../maybe-promise.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { InflatedBlocks } from '../format/inflated-blocks.ts'
import type { SegmentFile } from '../format/segment-entry.ts'
import { openSegment, segmentKey, WHOLE_FILE_BYTES } from './open-segment.ts'
import type { SegmentReader } from './segment-reader.ts'

/** Bytes of footers and small files, and of what is decoded of these, that open segments may hold together. */
const OPEN_BYTES_MAX = 64 * 1024 * 1024
/** Bytes of inflated documents that they may hold together. */
const INFLATED_BYTES_MAX = 16 * 1024 * 1024
/** What a reader costs besides its footer. */
const READER_BYTES = 4 * 1024
/** What is decoded of a small file stays as long as the file does, and takes several times its bytes. */
const WHOLE_FILE_FACTOR = 6

/**
 * Keeps segments open, those used last. A segment that many ask for at once is
 * read once; one that could not be opened is tried again by the next who asks.
 */
export class SegmentCache {
  readonly #bytesMax: number
  readonly #open = new Map<string, { reader: MaybePromise<SegmentReader>; readonly byteSize: number }>()
  readonly #inflated = new InflatedBlocks(INFLATED_BYTES_MAX)
  #byteSize = 0

  constructor(bytesMax = OPEN_BYTES_MAX) {
    this.#bytesMax = bytesMax
  }

  /** Segments held open. */
  get size(): number {
    return this.#open.size
  }

  /** Opens a segment as {@link openSegment} does, or answers the one that is open. */
  open(store: ObjectStore, prefix: string, file: SegmentFile): MaybePromise<SegmentReader> {
    const key = segmentKey(prefix, file)
    const known = this.#open.get(key)
    if (known !== undefined) {
      this.#open.delete(key)
      this.#open.set(key, known)
      return known.reader
    }
    const reader = openSegment(store, prefix, file, this.#inflated)
    const entry: { reader: MaybePromise<SegmentReader>; readonly byteSize: number } = {
      reader,
      byteSize: heldBytes(file),
    }
    this.#open.set(key, entry)
    this.#byteSize += entry.byteSize
    this.#evict()
    reader.then(
      (opened) => {
        entry.reader = opened
      },
      () => {
        if (this.#open.get(key) === entry) this.#remove(key)
      },
    )
    return reader
  }

  isOpen(prefix: string, file: SegmentFile): boolean {
    return this.#open.has(segmentKey(prefix, file))
  }

  /** Forgets a segment, because its file is gone. */
  forget(prefix: string, file: SegmentFile): void {
    this.#remove(segmentKey(prefix, file))
  }

  #evict(): void {
    for (const key of this.#open.keys()) {
      if (this.#byteSize <= this.#bytesMax || this.#open.size === 1) break
      this.#remove(key)
    }
  }

  #remove(key: string): void {
    const entry = this.#open.get(key)
    if (entry === undefined) return
    this.#open.delete(key)
    this.#byteSize -= entry.byteSize
  }
}

function heldBytes({ byteSize, footerSize }: SegmentFile): number {
  return READER_BYTES + (byteSize < WHOLE_FILE_BYTES ? WHOLE_FILE_FACTOR * byteSize : footerSize)
}

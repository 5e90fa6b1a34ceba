import { corrupt } from '../../bytes/checksum.ts'
import type { FileUnits } from '../../cache/unit-cache.ts'
import { CorruptDataError } from '../../errors.ts'
import type { ByteRange, ObjectStore } from '../../storage/object-store.ts'
import { carryOut, Needs, type Plan, type Read } from './read-plan.ts'

/** One segment file: its key, all its bytes if it is small, and its decoded units. */
export class SegmentBytes {
  /** The file's key, which names it in errors. */
  readonly source: string
  readonly units: FileUnits
  #whole: Uint8Array | undefined

  constructor(key: string, units: FileUnits, whole: Uint8Array | undefined) {
    this.source = key
    this.units = units
    this.#whole = whole
  }

  /** Whether all bytes are in memory, so that reading needs no request. */
  get isWhole(): boolean {
    return this.#whole !== undefined
  }

  /**
   * Reads bytes [start, end) of the file; `decode` verifies and decodes them. If the bytes of a small file in memory are
   * damaged, drops them and reads the range again, bypassing all caches.
   */
  read<T>(start: number, end: number, decode: (bytes: Uint8Array) => T): Plan<T> {
    const read = this.readOf(start, end, decode)
    const isReread = this.#whole !== undefined
    if (this.#whole !== undefined) {
      try {
        return decode(this.#whole.subarray(start, end))
      } catch (error) {
        if (!(error instanceof CorruptDataError)) throw error
        this.#whole = undefined
      }
    }
    return new Needs([{ ...read, isReread }], ([decoded]) => decoded as T)
  }

  /** The read of bytes [start, end), for a plan. A file that ends before `end` is damaged. */
  readOf<T>(start: number, end: number, decode: (bytes: Uint8Array) => T): Read<T> {
    return {
      key: this.source,
      range: { start, end },
      decode: (bytes) => decode(this.#ofLength(bytes, start, end)),
    }
  }

  /** Reads and decodes bytes [start, end) for a caller that goes through the file once. Nothing is cached. */
  readOnce<T>(store: ObjectStore, { start, end }: ByteRange, decode: (bytes: Uint8Array) => T): Promise<T> {
    return carryOut(store, this.read(start, end, decode))
  }

  #ofLength(bytes: Uint8Array, start: number, end: number): Uint8Array {
    if (bytes.length === end - start) return plainBytes(bytes)
    throw corrupt(this.source, `has ${bytes.length} bytes from byte ${start}, expected ${end - start}`)
  }
}

/** The same bytes as a plain Uint8Array. Code that aligns bytes needs `slice` to copy, which a Buffer's does not. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

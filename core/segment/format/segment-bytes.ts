import { corrupt } from '../../bytes/checksum.ts'
import type { FileUnits } from '../../cache/unit-cache.ts'
import { CorruptDataError } from '../../errors.ts'
import type { ByteRange, ObjectStore } from '../../storage/object-store.ts'
import { carryOut, Needs, type Plan, type Read } from './read-plan.ts'

/** One segment file: where it is, all of it if it is small, and what is decoded of it. */
export class SegmentBytes {
  /** Names the file in errors: its key. */
  readonly source: string
  readonly units: FileUnits
  #whole: Uint8Array | undefined

  constructor(key: string, units: FileUnits, whole: Uint8Array | undefined) {
    this.source = key
    this.units = units
    this.#whole = whole
  }

  /** Whether reading needs no request. */
  get isWhole(): boolean {
    return this.#whole !== undefined
  }

  /**
   * Bytes [start, end) of the file, as `decode` verifies and decodes them. A small file whose bytes turn out to be
   * damaged is forgotten, and the bytes are read again, past all caches.
   */
  read<T>(start: number, end: number, decode: (bytes: Uint8Array) => T): Plan<T> {
    const read = this.readOf(start, end, decode)
    const isAgain = this.#whole !== undefined
    if (this.#whole !== undefined) {
      try {
        return decode(this.#whole.subarray(start, end))
      } catch (error) {
        if (!(error instanceof CorruptDataError)) throw error
        this.#whole = undefined
      }
    }
    return new Needs([{ ...read, isAgain }], ([decoded]) => decoded as T)
  }

  /** The same as one read of a plan, which finds a file that ends before `end` to be damaged. */
  readOf<T>(start: number, end: number, decode: (bytes: Uint8Array) => T): Read<T> {
    return {
      key: this.source,
      range: { start, end },
      decode: (bytes) => decode(this.#ofLength(bytes, start, end)),
    }
  }

  /** Bytes [start, end), decoded, for a caller that goes through the file once: nothing of it is kept. */
  readOnce<T>(store: ObjectStore, { start, end }: ByteRange, decode: (bytes: Uint8Array) => T): Promise<T> {
    return carryOut(store, this.read(start, end, decode))
  }

  #ofLength(bytes: Uint8Array, start: number, end: number): Uint8Array {
    if (bytes.length === end - start) return plainBytes(bytes)
    throw corrupt(this.source, `has ${bytes.length} bytes from byte ${start}, expected ${end - start}`)
  }
}

/** The same bytes as a plain Uint8Array: a Buffer's `slice` does not copy, which code that aligns bytes relies on. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

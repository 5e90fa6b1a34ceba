import { corrupt } from '../../bytes/checksum.ts'
import { type MaybePromise, whenHere } from '../../maybe-promise.ts'
import type { ObjectStore } from '../../storage/object-store.ts'

/** One segment file: where it is, and all of it if it is small. */
export class SegmentBytes {
  /** Names the file in errors: its key. */
  readonly source: string
  readonly #whole: Uint8Array | undefined
  /**
   * Parts of `whole` by start. What is decoded is remembered by the identity of
   * the array it came from, so asking twice has to answer the same array.
   */
  readonly #parts = new Map<number, Uint8Array>()

  constructor(key: string, whole: Uint8Array | undefined) {
    this.source = key
    this.#whole = whole
  }

  /** Whether reading needs no request. */
  get isWhole(): boolean {
    return this.#whole !== undefined
  }

  /**
   * Reads bytes [start, end). The ranges asked for must be fixed by the file, so
   * that one start has one end, and a cache meets the same ranges again.
   *
   * @throws {CorruptDataError} if the file ends before `end`
   */
  read(store: ObjectStore, start: number, end: number): MaybePromise<Uint8Array> {
    if (this.#whole !== undefined) return this.#part(this.#whole, start, end)
    const range = { start, end }
    return whenHere(store.peek?.(this.source, range) ?? store.get(this.source, range), (got) => {
      const bytes = plainBytes(got)
      if (bytes.length === end - start) return bytes
      throw corrupt(this.source, `has ${bytes.length} bytes from byte ${start}, expected ${end - start}`)
    })
  }

  #part(whole: Uint8Array, start: number, end: number): Uint8Array {
    const known = this.#parts.get(start)
    if (known !== undefined && known.length === end - start) return known
    const part = whole.subarray(start, end)
    this.#parts.set(start, part)
    return part
  }
}

const plainViews = new WeakMap<Uint8Array, Uint8Array>()

/**
 * The same bytes as a plain Uint8Array, always the same one: a Buffer's `slice`
 * does not copy, which those who align bytes rely on.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.constructor === Uint8Array) return bytes
  let plain = plainViews.get(bytes)
  if (plain === undefined) {
    plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    plainViews.set(bytes, plain)
  }
  return plain
}

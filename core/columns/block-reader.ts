/** Bytes of the header of a block. */
export const BLOCK_HEADER_BYTES = 16

/** The bytes of a block are damaged. The caller knows the file and the section of the block. */
export class ColumnBlockError extends Error {}

/** Reads the header of a block and the words after it. Copies the bytes, because typed arrays need aligned bytes. */
export class WordReader {
  readonly valueCount: number
  readonly base: number
  readonly #buffer: ArrayBuffer
  #at = BLOCK_HEADER_BYTES

  constructor(bytes: Uint8Array) {
    if (bytes.length < BLOCK_HEADER_BYTES)
      throw new ColumnBlockError(`${bytes.length} bytes, expected at least ${BLOCK_HEADER_BYTES}`)
    // Not `slice`: for a Buffer it returns a view of the same bytes.
    this.#buffer = new Uint8Array(bytes).buffer
    const view = new DataView(this.#buffer)
    this.valueCount = view.getUint32(4, true)
    this.base = view.getFloat64(8, true)
  }

  words(count: number): Uint32Array {
    const start = this.#at
    this.#at += 4 * count
    if (this.#at > this.#buffer.byteLength) {
      throw new ColumnBlockError(`${this.#buffer.byteLength} bytes, expected at least ${this.#at}`)
    }
    return new Uint32Array(this.#buffer, start, count)
  }

  /** The rest of the bytes, which must be exactly `byteSize` bytes. */
  rest(byteSize: number): ArrayBuffer {
    const expected = this.#at + byteSize
    if (this.#buffer.byteLength !== expected) {
      throw new ColumnBlockError(`${this.#buffer.byteLength} bytes, expected ${expected}`)
    }
    return this.#buffer.slice(this.#at)
  }
}

/** Bytes of a block before its words. */
export const BLOCK_HEADER_BYTES = 16

/** What makes a block's bytes unreadable; the caller knows which file and section it was in. */
export class ColumnBlockError extends Error {}

/** Reads a block's header and the words after it. A copy, because typed arrays need aligned bytes. */
export class WordReader {
  readonly valueCount: number
  readonly base: number
  readonly #buffer: ArrayBuffer
  #at = BLOCK_HEADER_BYTES

  constructor(bytes: Uint8Array) {
    if (bytes.length < BLOCK_HEADER_BYTES)
      throw new ColumnBlockError(`${bytes.length} bytes, expected at least ${BLOCK_HEADER_BYTES}`)
    // Not by slice: a Buffer's shares what lies around it.
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

  /** What is left, which must be `byteSize` bytes. */
  rest(byteSize: number): ArrayBuffer {
    const expected = this.#at + byteSize
    if (this.#buffer.byteLength !== expected) {
      throw new ColumnBlockError(`${this.#buffer.byteLength} bytes, expected ${expected}`)
    }
    return this.#buffer.slice(this.#at)
  }
}

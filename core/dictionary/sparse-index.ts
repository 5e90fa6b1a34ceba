import { assert } from '../assert.ts'
import { ByteWriter } from '../bytes/byte-writer.ts'
import { corrupt, readWord } from '../bytes/checksum.ts'
import { compareToSpan, sharedPrefix } from '../bytes/compare-bytes.ts'

const HEADER_SIZE = 8
const WORD_MAX = 0xffff_ffff

/** The bytes [start, end) of one dictionary block, from the start of its lane. */
export type BlockRange = { readonly start: number; readonly end: number }

/** Builds the index of one lane while its blocks are written. */
export class SparseIndexBuilder {
  readonly #keys = new ByteWriter()
  readonly #keyStarts: number[] = []
  readonly #blockStarts: number[] = []

  /**
   * Adds a block that begins at byte `start`. Keeps as many bytes of its `first` term as distinguish this from
   * `previous`, the last term of the block before; none for the first block. Entries of one form may be in both blocks:
   * a zero byte is then added, so a lookup of the form finds the first entry.
   */
  add(start: number, first: Uint8Array, previous: Uint8Array): void {
    assert(start <= WORD_MAX, 'the dictionary of one lane takes less than 4 GiB')
    const keyLength = this.#blockStarts.length === 0 ? 0 : sharedPrefix(previous, first) + 1
    this.#keyStarts.push(this.#keys.length)
    this.#blockStarts.push(start)
    this.#keys.appendSpan(first, 0, Math.min(keyLength, first.length))
    if (keyLength > first.length) this.#keys.byte(0)
  }

  /** The index of a lane that ends at byte `end` and has `entryCount` entries. */
  finish(end: number, entryCount: number): Uint8Array {
    assert(end <= WORD_MAX, 'the dictionary of one lane takes less than 4 GiB')
    const out = new ByteWriter(HEADER_SIZE + this.#blockStarts.length * 16)
    out.word(this.#blockStarts.length)
    out.word(entryCount)
    for (const start of this.#blockStarts) out.word(start)
    out.word(end)
    for (const start of this.#keyStarts) out.word(start)
    out.word(this.#keys.length)
    out.append(this.#keys.bytes.subarray(0, this.#keys.length))
    return out.take()
  }
}

/**
 * Finds the dictionary block of a term by binary search over the stored bytes. Nothing is decoded, so opening a lane of
 * a million terms takes no time.
 */
export class SparseIndex {
  readonly blockCount: number
  readonly entryCount: number
  readonly #bytes: Uint8Array
  readonly #keyStartsAt: number
  readonly #keysAt: number

  /** @throws {CorruptDataError} if the length of the bytes does not match their header */
  constructor(bytes: Uint8Array, source: string) {
    this.#bytes = bytes
    this.blockCount = bytes.length < HEADER_SIZE ? 0 : readWord(bytes, 0)
    this.entryCount = bytes.length < HEADER_SIZE ? 0 : readWord(bytes, 4)
    this.#keyStartsAt = HEADER_SIZE + (this.blockCount + 1) * 4
    this.#keysAt = this.#keyStartsAt + (this.blockCount + 1) * 4
    if (bytes.length < this.#keysAt) throw corrupt(source, `is ${bytes.length} bytes for ${this.blockCount} blocks`)
    const expected = this.#keysAt + readWord(bytes, this.#keysAt - 4)
    if (bytes.length !== expected) throw corrupt(source, `is ${bytes.length} bytes, expected ${expected}`)
  }

  /**
   * Index of the only block that can contain `term`, or of the first if a form has several terms; −1 if the lane is
   * empty. Terms before the first term belong to block 0.
   */
  blockOf(term: Uint8Array): number {
    let low = 0
    let high = this.blockCount
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compareToKey(term, middle) >= 0) low = middle + 1
      else high = middle
    }
    return low === 0 ? Math.min(0, this.blockCount - 1) : low - 1
  }

  /** The range of block `b`; there are no gaps between blocks. */
  range(b: number): BlockRange {
    const at = HEADER_SIZE + b * 4
    return { start: readWord(this.#bytes, at), end: readWord(this.#bytes, at + 4) }
  }

  #compareToKey(term: Uint8Array, b: number): number {
    const at = this.#keyStartsAt + b * 4
    const start = this.#keysAt + readWord(this.#bytes, at)
    return compareToSpan(term, this.#bytes, start, this.#keysAt + readWord(this.#bytes, at + 4))
  }
}

import { assert } from '../assert.ts'
import { BLOCK_SIZE, packedWords, UNPACK, unpackSome } from '../bytes/bit-packing.ts'
import { VarintReader } from '../bytes/varint-reader.ts'
import type { PositionReader } from './posting-list.ts'

/** Reads the varints of fewer documents than a block, continuing after the last document read. */
export class ShortPositionReader implements PositionReader {
  readonly #varints: VarintReader
  /** How many numbers precede the next one. */
  #passed = 0

  constructor(bytes: Uint8Array) {
    this.#varints = new VarintReader(bytes)
  }

  beginBlock(_b: number, total: number): void {
    // A number takes at least one byte.
    assert(total <= this.#varints.bytes.length, 'frequencies are those of the position list')
  }

  read(start: number, freq: number, out: Uint32Array, at: number): void {
    this.#seek(start)
    let position = 0
    for (let i = 0; i < freq; i++) {
      position += this.#varints.next()
      out[at + i] = position
    }
    this.#passed += freq
  }

  #seek(start: number): void {
    if (start < this.#passed) {
      this.#varints.at = 0
      this.#passed = 0
    }
    const { bytes } = this.#varints
    let { at } = this.#varints
    // Only the last byte of a number is below 128.
    for (; this.#passed < start; at++) if (bytes[at]! < 0x80) this.#passed++
    this.#varints.at = at
  }
}

/** Reads packed gaps in groups of {@link BLOCK_SIZE}; holds one group at a time. */
export class PackedPositionReader implements PositionReader {
  readonly #words: Uint32Array
  readonly #blockEnds: Uint32Array
  readonly #gaps: Uint32Array
  #block = -1
  #total = 0
  /** The group in `#gaps`, or -1 before the first of a block; and the index of the word after the group. */
  #group = -1
  #next = 0

  constructor(words: Uint32Array, blockEnds: Uint32Array, scratch: Uint32Array) {
    this.#words = words
    this.#blockEnds = blockEnds
    this.#gaps = scratch
  }

  beginBlock(b: number, total: number): void {
    if (this.#block === b) return
    this.#block = b
    this.#total = total
    this.#rewind()
  }

  read(start: number, freq: number, out: Uint32Array, at: number): void {
    const gaps = this.#gaps
    let position = 0
    for (let i = 0; i < freq; i++) {
      const place = start + i
      if (place >>> 7 !== this.#group) this.#load(place >>> 7)
      position += gaps[place & (BLOCK_SIZE - 1)]!
      out[at + i] = position
    }
  }

  #rewind(): void {
    this.#group = -1
    this.#next = this.#start + ((this.#groupCount + 3) >>> 2)
  }

  get #start(): number {
    return this.#block === 0 ? 0 : this.#blockEnds[this.#block - 1]!
  }

  get #groupCount(): number {
    return Math.ceil(this.#total / BLOCK_SIZE)
  }

  #load(group: number): void {
    if (group < this.#group) this.#rewind()
    const from = this.#start
    while (this.#group < group - 1) this.#next += packedWords(BLOCK_SIZE, this.#widthOf(++this.#group, from))
    const width = this.#widthOf(group, from)
    const count = Math.min(BLOCK_SIZE, this.#total - group * BLOCK_SIZE)
    if (count === BLOCK_SIZE) UNPACK[width]!(this.#words, this.#next, this.#gaps, 0)
    else unpackSome(this.#words, this.#next, this.#gaps, { width, count, add: 0 })
    this.#group = group
    this.#next += packedWords(count, width)
    assert(this.#next <= this.#blockEnds[this.#block]!, 'frequencies are those of the position list')
  }

  #widthOf(group: number, from: number): number {
    return (this.#words[from + (group >>> 2)]! >>> ((group & 3) * 8)) & 0xff
  }
}

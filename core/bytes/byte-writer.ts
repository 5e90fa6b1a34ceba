import { assert } from '../assert.ts'

const CAPACITY_MIN = 64
/** Bytes of the varint of 2^53 − 1. */
export const VARINT_SIZE_MAX = 8
const COPY_LOOP_MAX = 48

// Words are written and read in the byte order of the machine.
assert(new Uint8Array(Uint32Array.of(1).buffer)[0] === 1, 'the machine is little-endian, like stored words')

/**
 * Appends varints, 32-bit words and bytes to a buffer that grows by doubling. `bytes[0, length)` is the content. Both
 * fields are public, so hot encoders can write without a call per byte.
 */
export class ByteWriter {
  bytes: Uint8Array
  length = 0

  constructor(capacity = CAPACITY_MIN) {
    this.bytes = new Uint8Array(Math.max(capacity, CAPACITY_MIN))
  }

  /** Makes room for `count` more bytes. May replace `bytes`. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return
    const grown = new Uint8Array(Math.max(this.length + count, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
  }

  byte(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  /** Appends an integer from 0 to 2^53 − 1; see {@link putVarint}. */
  varint(value: number): void {
    this.reserve(VARINT_SIZE_MAX)
    this.length = putVarint(this.bytes, this.length, value)
  }

  /** Appends an unsigned 32-bit word, little-endian. */
  word(value: number): void {
    this.reserve(4)
    this.bytes[this.length++] = value
    this.bytes[this.length++] = value >>> 8
    this.bytes[this.length++] = value >>> 16
    this.bytes[this.length++] = value >>> 24
  }

  /** Appends `words[0, count)`, little-endian, at any alignment. */
  words(words: Uint32Array, count: number): void {
    this.appendSpan(new Uint8Array(words.buffer), words.byteOffset, words.byteOffset + count * 4)
  }

  append(bytes: Uint8Array): void {
    this.appendSpan(bytes, 0, bytes.length)
  }

  /** Appends `from[start, end)`. */
  appendSpan(from: Uint8Array, start: number, end: number): void {
    const count = end - start
    this.reserve(count)
    const { bytes, length } = this
    // A view and a runtime call cost more than copying a few bytes.
    if (count > COPY_LOOP_MAX) bytes.set(from.subarray(start, end), length)
    else for (let i = 0; i < count; i++) bytes[length + i] = from[start + i]!
    this.length = length + count
  }

  /** Moves the content of `other` to the end of this writer. */
  drain(other: ByteWriter): void {
    this.appendSpan(other.bytes, 0, other.length)
    other.length = 0
  }

  /** Removes the content and returns it in a buffer of its own. */
  take(): Uint8Array {
    const taken = this.bytes.slice(0, this.length)
    this.length = 0
    return taken
  }
}

/**
 * Writes an integer from 0 to 2^53 − 1 at `bytes[at…]`: seven bits per byte, lowest first, with the high bit set in all
 * bytes but the last.
 *
 * @returns the index after the varint
 */
export function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let next = at
  let rest = value
  // Shifts work on 32 bits only.
  while (rest > 0x7fff_ffff) {
    bytes[next++] = (rest % 128) | 0x80
    rest = Math.floor(rest / 128)
  }
  while (rest > 0x7f) {
    bytes[next++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[next++] = rest
  return next
}

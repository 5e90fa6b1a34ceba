/**
 * Reads the varints that {@link ByteWriter} writes. Beyond the end of the bytes, reads return zeros and `at` stays
 * beyond the end, so a decoder checks {@link overran} only once, when it is done.
 */
export class VarintReader {
  at: number
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  /** The next number, from 0 to 2^53 − 1. A longer varint is invalid and marks the reader as overrun. */
  next(): number {
    const bytes = this.bytes
    const first = this.at < bytes.length ? bytes[this.at]! : 0
    this.at++
    return first < 0x80 ? first : this.#continue(first & 0x7f)
  }

  /** The next byte. */
  byte(): number {
    return this.at < this.bytes.length ? this.bytes[this.at++]! : this.#overrun()
  }

  /** Whether a read went beyond the end, or the bytes were invalid. */
  get overran(): boolean {
    return this.at > this.bytes.length
  }

  #continue(first: number): number {
    let value = first
    // Shifts work on 32 bits only: the first four bytes have 28 bits.
    for (let shift = 7; shift < 28; shift += 7) {
      const byte = this.byte()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    for (let scale = 2 ** 28; scale <= 2 ** 49; scale *= 128) {
      const byte = this.byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
    this.#overrun()
    return 0
  }

  /** Marks the bytes as invalid, as if they had ended too early. */
  fail(): void {
    this.at = this.bytes.length + 1
  }

  #overrun(): number {
    this.fail()
    return 0
  }
}

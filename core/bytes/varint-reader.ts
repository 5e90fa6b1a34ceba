/**
 * Reads the varints that {@link ByteWriter} writes. Past the end of the bytes it gives
 * zeros and leaves `at` beyond them, so that a decoder checks once, when it is done.
 */
export class VarintReader {
  at: number
  readonly bytes: Uint8Array

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes
    this.at = at
  }

  /** The next number, from 0 to 2^53 − 1. What a longer varint holds is undefined, and ends the reading. */
  next(): number {
    const bytes = this.bytes
    const first = this.at < bytes.length ? bytes[this.at]! : 0
    this.at++
    return first < 0x80 ? first : this.#continue(first & 0x7f)
  }

  /** The next byte as it is. */
  byte(): number {
    return this.at < this.bytes.length ? this.bytes[this.at++]! : this.#overrun()
  }

  /** Whether more was read than there is, or something was wrong with it. */
  get overran(): boolean {
    return this.at > this.bytes.length
  }

  #continue(first: number): number {
    let value = first
    // Shifts work on 32 bits only: the first four bytes hold 28.
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

  /** Marks the bytes as wrong, as if they had ended too early. */
  fail(): void {
    this.at = this.bytes.length + 1
  }

  #overrun(): number {
    this.fail()
    return 0
  }
}

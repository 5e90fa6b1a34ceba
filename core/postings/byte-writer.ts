const CAPACITY_MIN = 64

/**
 * Bytes under construction: appends varints, 32-bit words and byte runs to a
 * buffer that doubles. `bytes[0, length)` is what was written; both fields are
 * open so that hot encoders can write without a call per byte.
 */
export class ByteWriter {
  bytes: Uint8Array
  length = 0

  constructor(capacity = CAPACITY_MIN) {
    this.bytes = new Uint8Array(Math.max(capacity, CAPACITY_MIN))
  }

  /** Makes room for `count` further bytes. `bytes` may be another array afterwards. */
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

  /** A whole number from 0 to 2^53 − 1: seven bits a byte, lowest first, the high bit set on all but the last. */
  varint(value: number): void {
    this.reserve(8)
    let rest = value
    // Shifts work on 32 bits only.
    while (rest > 0x7fff_ffff) {
      this.bytes[this.length++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.bytes[this.length++] = rest
  }

  /** One unsigned 32-bit word, little-endian. */
  word(value: number): void {
    this.reserve(4)
    this.bytes[this.length++] = value
    this.bytes[this.length++] = value >>> 8
    this.bytes[this.length++] = value >>> 16
    this.bytes[this.length++] = value >>> 24
  }

  /** `words[0, count)`, little-endian, at whatever alignment the writer stands. */
  words(words: Uint32Array, count: number): void {
    this.append(new Uint8Array(words.buffer, words.byteOffset, count * 4))
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** A copy of everything written since the last `take`, on a buffer of its own. */
  take(): Uint8Array {
    const taken = this.bytes.slice(0, this.length)
    this.length = 0
    return taken
  }
}

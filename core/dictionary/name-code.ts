import type { ByteWriter } from '../bytes/byte-writer.ts'
import type { VarintReader } from '../bytes/varint-reader.ts'

/** Bits of the longest code. */
const CODE_BITS_MAX = 12
/** Bits of the shortest code: decoding makes at most 8/3 as many bytes. */
const CODE_BITS_MIN = 3

/**
 * The length of each byte's code in bits; part of the format. This Huffman code is made from the dictionaries of
 * several corpora, and fits words in Latin script and identifiers of digits and letters. Bytes that are not listed have
 * {@link CODE_BITS_MAX} bits.
 */
const CODE_LENGTHS: readonly (readonly [bits: number, characters: string])[] = [
  [3, 'e'],
  [4, 'ainos'],
  [5, 'cdglrt'],
  [6, '01234579bfhkmpuxy'],
  [7, '68vz'],
  [8, ' jw'],
  [10, ',-./:_q'],
  [11, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'],
]

const { lengths: LENGTHS, codes: CODES, decoding: DECODING } = makeTables()

/**
 * Writes `bytes[0, count)`: a varint with the size of the codes in bytes, and then the codes, from the lowest bit up.
 * If codes would not be shorter, as in other scripts, writes a 0 and then the plain bytes.
 */
export function writeNameBytes(out: ByteWriter, bytes: Uint8Array, count: number): void {
  let bits = 0
  for (let i = 0; i < count; i++) bits += LENGTHS[bytes[i]!]!
  const size = (bits + 7) >>> 3
  if (size >= count) {
    out.varint(0)
    out.appendSpan(bytes, 0, count)
    return
  }
  out.varint(size)
  out.reserve(size)
  let buffer = 0
  let filled = 0
  for (let i = 0; i < count; i++) {
    buffer |= CODES[bytes[i]!]! << filled
    filled += LENGTHS[bytes[i]!]!
    for (; filled >= 8; filled -= 8) {
      out.bytes[out.length++] = buffer
      buffer >>>= 8
    }
  }
  if (filled > 0) out.bytes[out.length++] = buffer
}

/**
 * Reads `count` bytes that {@link writeNameBytes} wrote.
 *
 * @returns the bytes, in place or copied. If they are invalid, returns no bytes and marks the reader as overrun
 */
export function readNameBytes(reader: VarintReader, count: number): Uint8Array {
  const { bytes } = reader
  const size = reader.next()
  const start = reader.at
  const left = bytes.length - start
  if (size === 0 && count <= left) {
    reader.at += count
    return bytes.subarray(start, start + count)
  }
  if (size === 0 || size > left || count > (size * 8) / CODE_BITS_MIN) {
    reader.fail()
    return new Uint8Array(0)
  }
  reader.at += size
  const out = new Uint8Array(count)
  if (decode(bytes, start, out) !== size) reader.fail()
  return out
}

/** Fills `out` from the codes at `bytes[start…]`. @returns the size of these codes in bytes */
function decode(bytes: Uint8Array, start: number, out: Uint8Array): number {
  let at = start
  let buffer = 0
  let filled = 0
  let bits = 0
  for (let i = 0; i < out.length; i++) {
    for (; filled < CODE_BITS_MAX; filled += 8) buffer |= (at < bytes.length ? bytes[at++]! : 0) << filled
    const found = DECODING[buffer & ((1 << CODE_BITS_MAX) - 1)]!
    const length = found >>> 8
    out[i] = found
    buffer >>>= length
    filled -= length
    bits += length
  }
  return (bits + 7) >>> 3
}

/**
 * The canonical code, ordered by length and then by byte. Codes are written highest bit first, so they are reversed
 * here.
 */
function makeTables(): { lengths: Uint8Array; codes: Uint16Array; decoding: Uint16Array } {
  const lengths = new Uint8Array(256).fill(CODE_BITS_MAX)
  for (const [bits, characters] of CODE_LENGTHS) for (const one of characters) lengths[one.charCodeAt(0)] = bits
  const codes = new Uint16Array(256)
  // Bits that begin no code count as a code of one bit, so decoding damaged bytes ends.
  const decoding = new Uint16Array(1 << CODE_BITS_MAX).fill(1 << 8)
  let next = 0
  for (let bits = 1; bits <= CODE_BITS_MAX; bits++, next *= 2) {
    for (let byte = 0; byte < 256; byte++) {
      if (lengths[byte] !== bits) continue
      const code = reversed(next++, bits)
      codes[byte] = code
      for (let rest = 0; rest < 1 << (CODE_BITS_MAX - bits); rest++) {
        decoding[code | (rest << bits)] = byte | (bits << 8)
      }
    }
  }
  return { lengths, codes, decoding }
}

function reversed(code: number, bits: number): number {
  let result = 0
  for (let i = 0; i < bits; i++) result |= ((code >>> i) & 1) << (bits - 1 - i)
  return result
}

import { bitWidth, packBits, packedWords, unpackBits } from './bit-pack.ts'
import type { ColumnBlock, ColumnValues, Zone } from './column.ts'

/** How a block's values are written. */
const Encoding = { packedNumbers: 0, doubles: 1, bigints: 2, packedOrdinals: 3 } as const

const PRESENT_FLAG = 1
const STARTS_FLAG = 2
const HEADER_BYTES = 16

/** What makes a block's bytes unreadable; the caller knows which file and section it was in. */
export class ColumnBlockError extends Error {}

/**
 * Writes one block of a column.
 *
 * ```
 * u8 encoding   u8 flags (1 presence, 2 starts)   u8 width of values   u8 width of counts
 * u32 number of values   f64 base
 * presence: a bit a document, in whole u32 words
 * counts:   values of each document, bit-packed, in whole u32 words
 * values:   those of documents that have any: bit-packed less the base, or 8 bytes each
 * ```
 */
export function encodeColumnBlock(block: ColumnBlock): Uint8Array {
  const values = writtenValues(block)
  const { encoding, width, base, body } = encodeValues(values)
  const counts = block.starts === undefined ? undefined : countsOf(block.starts)
  const countWidth = counts === undefined ? 0 : bitWidth(counts)
  const packedCounts = counts === undefined ? new Uint32Array(0) : packBits(counts, countWidth)
  const present = block.present ?? new Uint32Array(0)

  const bytes = new Uint8Array(HEADER_BYTES + present.byteLength + packedCounts.byteLength + body.byteLength)
  const view = new DataView(bytes.buffer)
  bytes[0] = encoding
  bytes[1] = (block.present ? PRESENT_FLAG : 0) | (counts ? STARTS_FLAG : 0)
  bytes[2] = width
  bytes[3] = countWidth
  view.setUint32(4, values.length, true)
  view.setFloat64(8, base, true)
  bytes.set(bytesOf(present), HEADER_BYTES)
  bytes.set(bytesOf(packedCounts), HEADER_BYTES + present.byteLength)
  bytes.set(bytesOf(body), HEADER_BYTES + present.byteLength + packedCounts.byteLength)
  return bytes
}

/**
 * Reads back what {@link encodeColumnBlock} wrote.
 *
 * @throws {ColumnBlockError} if the bytes are not such a block of `docCount` documents
 */
export function decodeColumnBlock(bytes: Uint8Array, docStart: number, docCount: number): ColumnBlock {
  if (bytes.length < HEADER_BYTES)
    throw new ColumnBlockError(`${bytes.length} bytes, expected at least ${HEADER_BYTES}`)
  // A copy, because typed arrays need aligned bytes. Not by slice: a Buffer's shares what lies around it.
  const buffer = new Uint8Array(bytes).buffer
  const view = new DataView(buffer)
  const [encoding, flags, width, countWidth] = [bytes[0]!, bytes[1]!, bytes[2]!, bytes[3]!]
  const valueCount = view.getUint32(4, true)
  const base = view.getFloat64(8, true)
  const presentWords = (flags & PRESENT_FLAG) === 0 ? 0 : Math.ceil(docCount / 32)
  const countWords = (flags & STARTS_FLAG) === 0 ? 0 : packedWords(docCount, countWidth)
  const valueBytes = encodedByteSize(encoding, width, valueCount)
  const expected = HEADER_BYTES + 4 * (presentWords + countWords) + valueBytes
  if (flags > 3 || width > 32 || countWidth > 32 || bytes.length !== expected) {
    throw new ColumnBlockError(`${bytes.length} bytes, expected ${expected} for ${valueCount} values of ${width} bits`)
  }

  const present = presentWords === 0 ? undefined : new Uint32Array(buffer, HEADER_BYTES, presentWords)
  const bodyStart = HEADER_BYTES + 4 * (presentWords + countWords)
  const written = decodeValues({ encoding, width, base, valueCount, body: buffer.slice(bodyStart) })
  const starts =
    (flags & STARTS_FLAG) === 0
      ? undefined
      : startsOf(new Uint32Array(buffer, HEADER_BYTES + 4 * presentWords, countWords), countWidth, docCount)
  const writtenDocs = starts?.[docCount] ?? (present === undefined ? docCount : countBits(present, docCount))
  if (writtenDocs !== valueCount) throw new ColumnBlockError(`${valueCount} values, expected ${writtenDocs}`)
  const values = starts === undefined && present !== undefined ? spread(written, present, docCount) : written
  return { docStart, docCount, present, starts, values }
}

/** Least and greatest value of a block, or undefined if no document in it has any. */
export function zoneOf(block: ColumnBlock): Zone | undefined {
  const values = writtenValues(block)
  if (values.length === 0) return undefined
  let min = values[0]!
  let max = min
  for (const value of values) {
    if (value < min) min = value
    if (value > max) max = value
  }
  return { min, max }
}

/** The values of documents that have any, in order. */
function writtenValues(block: ColumnBlock): ColumnValues {
  const { present, values } = block
  if (present === undefined || block.starts !== undefined) return values
  const written = newValues(values, countBits(present, block.docCount))
  let next = 0
  for (let i = 0; i < block.docCount; i++) {
    if (((present[i >>> 5]! >>> (i & 31)) & 1) === 1) written[next++] = values[i]!
  }
  return written
}

function spread(written: ColumnValues, present: Uint32Array, docCount: number): ColumnValues {
  const values = newValues(written, docCount)
  let next = 0
  for (let i = 0; i < docCount; i++) {
    if (((present[i >>> 5]! >>> (i & 31)) & 1) === 1) values[i] = written[next++]!
  }
  return values
}

function newValues(like: ColumnValues, length: number): ColumnValues {
  if (like instanceof BigInt64Array) return new BigInt64Array(length)
  return like instanceof Uint32Array ? new Uint32Array(length) : new Float64Array(length)
}

type EncodedValues = {
  readonly encoding: number
  readonly width: number
  readonly base: number
  readonly body: ColumnValues
}

function encodeValues(values: ColumnValues): EncodedValues {
  if (values instanceof BigInt64Array) return { encoding: Encoding.bigints, width: 0, base: 0, body: values }
  const base = packableBase(values)
  if (base === undefined) return { encoding: Encoding.doubles, width: 0, base: 0, body: values }
  const deltas = Uint32Array.from(values, (value) => value - base)
  const width = bitWidth(deltas)
  const encoding = values instanceof Uint32Array ? Encoding.packedOrdinals : Encoding.packedNumbers
  return { encoding, width, base, body: packBits(deltas, width) }
}

/** The least value, if all are whole, within 2^32 of it, and come back bit for bit (negative zero would not). */
function packableBase(values: Float64Array | Uint32Array): number | undefined {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (!Number.isSafeInteger(value) || Object.is(value, -0)) return undefined
    if (value < min) min = value
    if (value > max) max = value
  }
  if (values.length === 0) return 0
  return max - min > 0xffff_ffff ? undefined : min
}

function encodedByteSize(encoding: number, width: number, valueCount: number): number {
  if (encoding === Encoding.doubles || encoding === Encoding.bigints) return 8 * valueCount
  if (encoding === Encoding.packedNumbers || encoding === Encoding.packedOrdinals)
    return 4 * packedWords(valueCount, width)
  throw new ColumnBlockError(`encoding ${encoding} is unknown`)
}

function decodeValues(from: Omit<EncodedValues, 'body'> & { valueCount: number; body: ArrayBuffer }): ColumnValues {
  if (from.encoding === Encoding.doubles) return new Float64Array(from.body)
  if (from.encoding === Encoding.bigints) return new BigInt64Array(from.body)
  const values = new Uint32Array(from.valueCount)
  unpackBits(new Uint32Array(from.body), from.width, values)
  const { base } = from
  if (from.encoding === Encoding.packedOrdinals) {
    for (let i = 0; i < values.length; i++) values[i]! += base
    return values
  }
  const numbers = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) numbers[i] = values[i]! + base
  return numbers
}

function countsOf(starts: Uint32Array): Uint32Array {
  const counts = new Uint32Array(starts.length - 1)
  for (let i = 0; i < counts.length; i++) counts[i] = starts[i + 1]! - starts[i]!
  return counts
}

function startsOf(packed: Uint32Array, width: number, docCount: number): Uint32Array {
  const counts = new Uint32Array(docCount)
  unpackBits(packed, width, counts)
  const starts = new Uint32Array(docCount + 1)
  for (let i = 0; i < docCount; i++) starts[i + 1] = starts[i]! + counts[i]!
  return starts
}

function countBits(words: Uint32Array, docCount: number): number {
  let count = 0
  for (let i = 0; i < docCount; i++) count += (words[i >>> 5]! >>> (i & 31)) & 1
  return count
}

function bytesOf(array: Uint32Array | ColumnValues): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

import { bitWidth, packAll, packedWords, unpackSome } from '../bytes/bit-packing.ts'
import { BLOCK_HEADER_BYTES, ColumnBlockError, WordReader } from './block-reader.ts'
import type { ColumnBlock, ColumnValues, Zone } from './column.ts'
import { bitsOf, countPresent, listOfDocs, readDocs, sparseDocs } from './sparse-docs.ts'

/** The encoding of the values in a block. */
const Encoding = { packedNumbers: 0, doubles: 1, bigints: 2, packedOrdinals: 3 } as const

const PRESENT_FLAG = 1
const STARTS_FLAG = 2
const SPARSE_FLAG = 4

/**
 * Writes one block of a column.
 *
 * ```
 * u8 encoding   u8 flags (1 presence, 2 counts, 4 sparse)   u8 width of values   u8 width of counts
 * u32 number of values   f64 base
 * presence: a bit per document, in whole u32 words; if sparse: a u32 count of the documents
 *           with values, and their numbers in the block, bit-packed
 * counts:   the number of values of each document (if sparse, of those listed), bit-packed
 * values:   bit-packed minus the base, or 8 bytes each
 * ```
 */
export function encodeColumnBlock(block: ColumnBlock): Uint8Array {
  const { docCount, present, starts } = block
  const { encoding, width, base, body } = encodeValues(writtenValues(block))
  const docs = present === undefined ? undefined : sparseDocs(present, docCount)
  const counts = starts === undefined ? undefined : countsOf(starts, docs)
  const countWidth = counts === undefined ? 0 : widthOf(counts)
  const parts = [
    docs === undefined ? (present ?? new Uint32Array(0)) : listOfDocs(docs, docCount),
    counts === undefined ? new Uint32Array(0) : packAll(counts, countWidth),
    body,
  ]
  const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, BLOCK_HEADER_BYTES))
  const view = new DataView(bytes.buffer)
  bytes[0] = encoding
  bytes[1] = (present ? PRESENT_FLAG : 0) | (counts ? STARTS_FLAG : 0) | (docs ? SPARSE_FLAG : 0)
  bytes[2] = width
  bytes[3] = countWidth
  view.setUint32(4, valueCountOf(block), true)
  view.setFloat64(8, base, true)
  let at = BLOCK_HEADER_BYTES
  for (const part of parts) {
    bytes.set(bytesOf(part), at)
    at += part.byteLength
  }
  return bytes
}

/**
 * Decodes a block that {@link encodeColumnBlock} wrote.
 *
 * @throws {ColumnBlockError} if the bytes are not a block of `docCount` documents
 */
export function decodeColumnBlock(bytes: Uint8Array, docStart: number, docCount: number): ColumnBlock {
  const reader = new WordReader(bytes)
  const [encoding, flags, width, countWidth] = [bytes[0]!, bytes[1]!, bytes[2]!, bytes[3]!]
  if (flags > 7 || width > 32 || countWidth > 32) {
    throw new ColumnBlockError(`flags ${flags} and widths ${width} and ${countWidth}, expected at most 7, 32 and 32`)
  }
  const { valueCount, base } = reader
  const docs = (flags & SPARSE_FLAG) === 0 ? undefined : readDocs(reader, docCount)
  const present =
    docs === undefined
      ? (flags & PRESENT_FLAG) === 0
        ? undefined
        : reader.words(Math.ceil(docCount / 32))
      : bitsOf(docs, docCount)
  const starts = (flags & STARTS_FLAG) === 0 ? undefined : readStarts(reader, { docs, docCount, countWidth })
  const writtenDocs = starts?.[docCount] ?? (present === undefined ? docCount : countPresent(present, docCount))
  if (writtenDocs !== valueCount) throw new ColumnBlockError(`${valueCount} values, expected ${writtenDocs}`)
  const body = reader.rest(encodedByteSize(encoding, width, valueCount))
  const written = decodeValues({ encoding, width, base, valueCount, body })
  const values = starts === undefined && present !== undefined ? spread(written, present, docCount) : written
  return { docStart, docCount, present, starts, values }
}

/** The minimum and the maximum of a block; undefined if no document in the block has a value. */
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

function valueCountOf({ docCount, present, starts, values }: ColumnBlock): number {
  return starts !== undefined || present === undefined ? values.length : countPresent(present, docCount)
}

/** The values of the documents with values, in order. */
function writtenValues(block: ColumnBlock): ColumnValues {
  const { present, values } = block
  if (present === undefined || block.starts !== undefined) return values
  const written = newValues(values, countPresent(present, block.docCount))
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
  const deltas = new Uint32Array(values.length)
  for (let i = 0; i < deltas.length; i++) deltas[i] = values[i]! - base
  const width = widthOf(deltas)
  const encoding = values instanceof Uint32Array ? Encoding.packedOrdinals : Encoding.packedNumbers
  return { encoding, width, base, body: packAll(deltas, width) }
}

/** The minimum, if all values are integers less than 2^32 above it and none is -0, which would lose its sign. */
function packableBase(values: Float64Array | Uint32Array): number | undefined {
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  const isWhole = values instanceof Uint32Array
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (!isWhole && (!Number.isSafeInteger(value) || Object.is(value, -0))) return undefined
    if (value < min) min = value
    if (value > max) max = value
  }
  if (values.length === 0) return 0
  return max - min > 0xffff_ffff ? undefined : min
}

/** The number of bits that the largest value needs. */
function widthOf(values: Uint32Array): number {
  return bitWidth(values.reduce((all, value) => all | value, 0))
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
  unpackSome(new Uint32Array(from.body), 0, values, { width: from.width, count: from.valueCount, add: 0 })
  const { base } = from
  if (from.encoding === Encoding.packedOrdinals) {
    for (let i = 0; i < values.length; i++) values[i]! += base
    return values
  }
  const numbers = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) numbers[i] = values[i]! + base
  return numbers
}

/** The number of values of each document, or of each of `docs`. */
function countsOf(starts: Uint32Array, docs: Uint32Array | undefined): Uint32Array {
  const counts = new Uint32Array(docs?.length ?? starts.length - 1)
  for (let k = 0; k < counts.length; k++) {
    const i = docs === undefined ? k : docs[k]!
    counts[k] = starts[i + 1]! - starts[i]!
  }
  return counts
}

function readStarts(
  reader: WordReader,
  { docs, docCount, countWidth }: { docs: Uint32Array | undefined; docCount: number; countWidth: number },
): Uint32Array {
  const counts = new Uint32Array(docs?.length ?? docCount)
  const words = reader.words(packedWords(counts.length, countWidth))
  unpackSome(words, 0, counts, { width: countWidth, count: counts.length, add: 0 })
  const starts = new Uint32Array(docCount + 1)
  for (let k = 0; k < counts.length; k++) starts[(docs === undefined ? k : docs[k]!) + 1] = counts[k]!
  for (let i = 0; i < docCount; i++) starts[i + 1]! += starts[i]!
  return starts
}

function bytesOf(array: Uint32Array | ColumnValues): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

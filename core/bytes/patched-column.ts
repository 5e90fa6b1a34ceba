import { bitWidth, pack, unpackSome, WIDTH_MAX } from './bit-packing.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { VarintReader } from './varint-reader.ts'

const HAS_EXCEPTIONS = 0x40
const WIDTH_MASK = 0x3f

/** Maximum values of a column. */
export const COLUMN_SIZE_MAX = 4096

const WORDS = new Uint32Array(COLUMN_SIZE_MAX)
const WORD_BYTES = new Uint8Array(WORDS.buffer)
const LOW_PARTS = new Uint32Array(COLUMN_SIZE_MAX)
/** The number of values by the bits that they need. */
const WIDTH_COUNTS = new Uint32Array(WIDTH_MAX + 1)

/**
 * Writes `values[0, count)` with the number of bits per value that takes the least space. A few larger values are
 * exceptions, whose upper parts follow. Otherwise one outlier would widen all values.
 */
export function writeColumn(out: ByteWriter, values: Uint32Array, count: number): void {
  const { width, exceptions } = bestWidth(values, count)
  out.byte(width | (exceptions > 0 ? HAS_EXCEPTIONS : 0))
  if (exceptions > 0) out.varint(exceptions)
  const mask = width === WIDTH_MAX ? -1 : 2 ** width - 1
  for (let i = 0; i < count; i++) LOW_PARTS[i] = values[i]! & mask
  pack(LOW_PARTS, count, width, WORDS, 0)
  out.appendSpan(WORD_BYTES, 0, byteSize(count, width))
  let previous = -1
  for (let i = 0; exceptions > 0 && i < count; i++) {
    if (bitWidth(values[i]!) <= width) continue
    out.varint(i - previous - 1)
    out.varint(values[i]! >>> width)
    previous = i
  }
}

/**
 * Reads a column that {@link writeColumn} wrote into `out[at, at + count)`. Invalid bytes mark the reader as overrun.
 */
export function readColumn(reader: VarintReader, out: Uint32Array, at: number, count: number): void {
  const head = reader.byte()
  const width = head & WIDTH_MASK
  const exceptions = (head & HAS_EXCEPTIONS) === 0 ? 0 : reader.next()
  const size = byteSize(count, width)
  if (width > WIDTH_MAX || exceptions > count || size > reader.bytes.length - reader.at) {
    reader.fail()
    return
  }
  for (let i = 0; i < size; i++) WORD_BYTES[i] = reader.bytes[reader.at + i]!
  reader.at += size
  unpackSome(WORDS, 0, LOW_PARTS, { width, count, add: 0 })
  for (let i = 0; i < count; i++) out[at + i] = LOW_PARTS[i]!
  let index = -1
  for (let left = exceptions; left > 0; left--) {
    index += reader.next() + 1
    const upper = reader.next()
    if (index >= count || width === WIDTH_MAX) {
      reader.fail()
      return
    }
    out[at + index]! |= upper << width
  }
}

function byteSize(count: number, width: number): number {
  return (count * width + 7) >>> 3
}

/** The width that takes the fewest bytes, and the number of exceptions to it. */
function bestWidth(values: Uint32Array, count: number): { width: number; exceptions: number } {
  WIDTH_COUNTS.fill(0)
  let widest = 0
  for (let i = 0; i < count; i++) {
    const width = bitWidth(values[i]!)
    WIDTH_COUNTS[width]!++
    if (width > widest) widest = width
  }
  let best = { width: widest, exceptions: 0 }
  let bestSize = byteSize(count, widest)
  let exceptions = 0
  for (let width = widest - 1; width >= 0 && exceptions < count; width--) {
    exceptions += WIDTH_COUNTS[width + 1]!
    if (exceptions === 0) continue
    const size = byteSize(count, width) + 1 + exceptionBytes(width, widest)
    if (size >= bestSize) continue
    best = { width, exceptions }
    bestSize = size
  }
  return best
}

/** The bytes of all exceptions to `width`: for each, a byte for its place and the varint of its upper part. */
function exceptionBytes(width: number, widest: number): number {
  let size = 0
  for (let wider = width + 1; wider <= widest; wider++) {
    size += WIDTH_COUNTS[wider]! * (1 + Math.ceil((wider - width) / 7))
  }
  return size
}

import { bitsetAdd, bitsetMembers, newBitset, popCount } from '../bytes/bitset.ts'
import { corrupt } from '../bytes/checksum.ts'

/**
 * Sets of integers as portable Roaring bitmaps, which other tools can read:
 * https://github.com/RoaringBitmap/RoaringFormatSpec. A set is divided into containers of 65,536 integers. Each
 * container is written in the shortest of three ways:
 *
 *     array    its members, 16 bits each
 *     bitmap   a bit for each of the 65,536
 *     runs     their number, then first member and length - 1 of each, 16 bits each
 *
 *     cookie │ number of containers │ key, size - 1 of each │ offset of each │ containers
 */

/** Low half of the cookie if there are runs; the high half is then the number of containers - 1. */
const COOKIE_RUNS = 12_347
/** The whole cookie if there are no runs; the number of containers follows. */
const COOKIE_NO_RUNS = 12_346
/** With runs, offsets are omitted below this number of containers. */
const OFFSETS_FROM = 4
const CONTAINER_WORDS = 2_048
const BITMAP_BYTES = 8_192
/** A larger array would be longer than a bitmap. */
const ARRAY_SIZE_MAX = 4_096

type Container = {
  readonly key: number
  readonly words: Uint32Array
  readonly size: number
  readonly kind: 'array' | 'bitmap' | 'runs'
  readonly byteSize: number
}

export function encodeRoaring(set: Uint32Array): Uint8Array {
  const containers = containersOf(set)
  const count = containers.length
  const hasRuns = containers.some(({ kind }) => kind === 'runs')
  const hasOffsets = !hasRuns || count >= OFFSETS_FROM
  const headBytes = (hasRuns ? 4 + Math.ceil(count / 8) : 8) + 4 * count + (hasOffsets ? 4 * count : 0)
  const bytes = new Uint8Array(containers.reduce((sum, { byteSize }) => sum + byteSize, headBytes))
  const out = new DataView(bytes.buffer)
  let at = 4
  if (hasRuns) {
    out.setUint32(0, COOKIE_RUNS | ((count - 1) << 16), true)
    for (const [i, { kind }] of containers.entries()) if (kind === 'runs') bytes[at + (i >>> 3)]! |= 1 << (i & 7)
    at += Math.ceil(count / 8)
  } else {
    out.setUint32(0, COOKIE_NO_RUNS, true)
    out.setUint32(4, count, true)
    at = 8
  }
  for (const { key, size } of containers) {
    out.setUint16(at, key, true)
    out.setUint16(at + 2, size - 1, true)
    at += 4
  }
  let offset = headBytes
  for (const container of containers) {
    if (hasOffsets) {
      out.setUint32(at, offset, true)
      at += 4
    }
    writeContainer(out, offset, container)
    offset += container.byteSize
  }
  return bytes
}

/**
 * Decodes a Roaring bitmap to a bitset.
 *
 * @param length exclusive upper bound of the members, and the size of the returned set
 * @param source names the bytes in errors
 * @throws {CorruptDataError} for bytes that are not a Roaring bitmap, or have a member beyond `length`
 */
export function decodeRoaring(bytes: Uint8Array, length: number, source: string): Uint32Array {
  try {
    return readContainers(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), length, source)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw corrupt(source, `end within a bitmap, after ${bytes.length} bytes`)
  }
}

/** @throws {RangeError} if the bytes end early */
function readContainers(input: DataView, length: number, source: string): Uint32Array {
  const cookie = input.getUint32(0, true)
  const hasRuns = (cookie & 0xffff) === COOKIE_RUNS
  if (!hasRuns && cookie !== COOKIE_NO_RUNS) throw corrupt(source, `begin with ${cookie}, expected a Roaring bitmap`)
  const count = hasRuns ? (cookie >>> 16) + 1 : input.getUint32(4, true)
  const runFlags = 4
  const head = hasRuns ? runFlags + Math.ceil(count / 8) : 8
  const hasOffsets = !hasRuns || count >= OFFSETS_FROM
  let at = head + 4 * count + (hasOffsets ? 4 * count : 0)
  const set = newBitset(length)
  for (let i = 0; i < count; i++) {
    const key = input.getUint16(head + 4 * i, true)
    const size = input.getUint16(head + 4 * i + 2, true) + 1
    const add = adder(set, key * 65_536, length, source)
    const isRuns = hasRuns && ((input.getUint8(runFlags + (i >>> 3)) >>> (i & 7)) & 1) === 1
    if (isRuns) at = readRuns(input, at, add)
    else if (size <= ARRAY_SIZE_MAX) at = readArray(input, at, size, add)
    else at = readBitmap(input, at, add)
  }
  return set
}

function adder(set: Uint32Array, base: number, length: number, source: string): (low: number) => void {
  return (low) => {
    const member = base + low
    if (member >= length) throw corrupt(source, `name document ${member} of ${length}`)
    bitsetAdd(set, member)
  }
}

function readRuns(input: DataView, start: number, add: (low: number) => void): number {
  const count = input.getUint16(start, true)
  for (let run = 0; run < count; run++) {
    const first = input.getUint16(start + 2 + 4 * run, true)
    const last = first + input.getUint16(start + 4 + 4 * run, true)
    for (let low = first; low <= last; low++) add(low)
  }
  return start + 2 + 4 * count
}

function readArray(input: DataView, start: number, size: number, add: (low: number) => void): number {
  for (let i = 0; i < size; i++) add(input.getUint16(start + 2 * i, true))
  return start + 2 * size
}

function readBitmap(input: DataView, start: number, add: (low: number) => void): number {
  for (let w = 0; w < CONTAINER_WORDS; w++) {
    for (let word = input.getUint32(start + 4 * w, true); word !== 0; word &= word - 1) {
      add(w * 32 + 31 - Math.clz32(word & -word))
    }
  }
  return start + BITMAP_BYTES
}

function containersOf(set: Uint32Array): Container[] {
  const containers: Container[] = []
  for (let from = 0; from < set.length; from += CONTAINER_WORDS) {
    const words = set.subarray(from, from + CONTAINER_WORDS)
    const { size, runs } = measure(words)
    if (size === 0) continue
    const plain = size <= ARRAY_SIZE_MAX ? 2 * size : BITMAP_BYTES
    const isShortAsRuns = 2 + 4 * runs < plain
    const kind = isShortAsRuns ? 'runs' : size <= ARRAY_SIZE_MAX ? 'array' : 'bitmap'
    containers.push({ key: from / CONTAINER_WORDS, words, size, kind, byteSize: isShortAsRuns ? 2 + 4 * runs : plain })
  }
  return containers
}

/** Counts the members and the runs of members. */
function measure(words: Uint32Array): { readonly size: number; readonly runs: number } {
  let [size, runs, last] = [0, 0, 0]
  for (const word of words) {
    size += popCount(word)
    // A run begins at a set bit whose predecessor is not set.
    runs += popCount(word & ~((word << 1) | last))
    last = word >>> 31
  }
  return { size, runs }
}

function writeContainer(out: DataView, start: number, { kind, words }: Container): void {
  if (kind === 'bitmap') {
    for (const [w, word] of words.entries()) out.setUint32(start + 4 * w, word, true)
    return
  }
  const members = bitsetMembers(words)
  if (kind === 'array') {
    for (const [i, low] of members.entries()) out.setUint16(start + 2 * i, low, true)
    return
  }
  let run = -1
  for (const [i, low] of members.entries()) {
    const isNext = i > 0 && members[i - 1] === low - 1
    if (!isNext) out.setUint16(start + 2 + 4 * ++run, low, true)
    const first = out.getUint16(start + 2 + 4 * run, true)
    out.setUint16(start + 4 + 4 * run, low - first, true)
  }
  out.setUint16(start, run + 1, true)
}

import { assert } from '../assert.ts'
import { BLOCK_SIZE, packedWords, UNPACK, unpackSome, WIDTH_MAX } from '../bytes/bit-packing.ts'
import { corrupt, withoutChecksum } from '../bytes/checksum.ts'
import { VarintReader } from '../bytes/varint-reader.ts'
import { alignedWords } from './packed-postings.ts'
import { PackedPositionReader, ShortPositionReader } from './position-readers.ts'
import type { PositionList, PositionReader } from './posting-list.ts'

export type StoredPositions = {
  readonly docFreq: number
  /** `own` if the bytes end in a checksum; `none` if the checksum of a dictionary block covers them. */
  readonly checksum: 'own' | 'none'
  /** Names the file and its part in errors. */
  readonly source: string
}

/**
 * Opens a list that {@link encodePositions} wrote. Reads the bytes in place if they are aligned, like posting lists.
 *
 * @throws {CorruptDataError} for bytes that are not a position list
 */
export function openPositions(bytes: Uint8Array, list: StoredPositions): PositionList {
  const body = list.checksum === 'own' ? withoutChecksum(bytes, list.source) : bytes
  if (list.docFreq < BLOCK_SIZE) return new ShortPositions(body, list)

  const words = alignedWords(body, list.source)
  const blockCount = Math.ceil(list.docFreq / BLOCK_SIZE)
  const blockEnds = words.subarray(Math.max(0, words.length - blockCount))
  checkBlockEnds(blockEnds, words.length - blockCount, list.source)
  return new PackedPositions(words, blockEnds, list.docFreq)
}

function checkBlockEnds(blockEnds: Uint32Array, expected: number, source: string): void {
  let previous = 0
  for (const end of blockEnds) {
    if (end < previous) throw corrupt(source, `has a block end at word ${end} after word ${previous}`)
    previous = end
  }
  if (previous !== expected) throw corrupt(source, `has blocks of ${previous} words, expected ${expected}`)
}

/** The positions of fewer documents than a block: varints, decoded all at once. */
class ShortPositions implements PositionList {
  readonly #bytes: Uint8Array
  readonly #docFreq: number

  constructor(bytes: Uint8Array, list: StoredPositions) {
    if (bytes.length < list.docFreq || bytes[bytes.length - 1]! > 0x7f) {
      throw corrupt(list.source, `is ${bytes.length} bytes for the positions of ${list.docFreq} documents`)
    }
    this.#bytes = bytes
    this.#docFreq = list.docFreq
  }

  decode(_b: number, freqs: Uint32Array, into: Uint32Array): Uint32Array {
    const total = sumOf(freqs, this.#docFreq)
    // A number takes at least one byte.
    assert(total <= this.#bytes.length, 'frequencies are those of the position list')
    const positions = roomFor(total, into)
    const reader = new VarintReader(this.#bytes)
    for (let i = 0; i < total; i++) positions[i] = reader.next()
    sumWithinDocuments(positions, freqs, this.#docFreq)
    return positions
  }

  reader(): PositionReader {
    return new ShortPositionReader(this.#bytes)
  }
}

/** Blocks of gaps, packed in groups of {@link BLOCK_SIZE}. */
class PackedPositions implements PositionList {
  readonly #words: Uint32Array
  readonly #blockEnds: Uint32Array
  readonly #docFreq: number

  constructor(words: Uint32Array, blockEnds: Uint32Array, docFreq: number) {
    this.#words = words
    this.#blockEnds = blockEnds
    this.#docFreq = docFreq
  }

  decode(b: number, freqs: Uint32Array, into: Uint32Array): Uint32Array {
    const docCount = Math.min(BLOCK_SIZE, this.#docFreq - b * BLOCK_SIZE)
    const total = sumOf(freqs, docCount)
    const positions = roomFor(total, into)

    const start = b === 0 ? 0 : this.#blockEnds[b - 1]!
    const end = this.#unpackGaps(start, positions.subarray(0, total))
    assert(end === this.#blockEnds[b], 'frequencies are those of the position list')
    sumWithinDocuments(positions, freqs, docCount)
    return positions
  }

  reader(scratch: Uint32Array): PositionReader {
    return new PackedPositionReader(this.#words, this.#blockEnds, scratch)
  }

  /** Fills `out` with gaps. @returns the index of the word after them */
  #unpackGaps(start: number, out: Uint32Array): number {
    const words = this.#words
    const groupCount = Math.ceil(out.length / BLOCK_SIZE)
    let at = start + ((groupCount + 3) >>> 2)
    for (let group = 0; group < groupCount; group++) {
      const width = (words[start + (group >>> 2)]! >>> ((group & 3) * 8)) & 0xff
      assert(width <= WIDTH_MAX, 'a position block has widths of at most 32')
      const from = group * BLOCK_SIZE
      const count = Math.min(BLOCK_SIZE, out.length - from)
      const target = from === 0 ? out : out.subarray(from)
      if (count === BLOCK_SIZE) UNPACK[width]!(words, at, target, 0)
      else unpackSome(words, at, target, { width, count, add: 0 })
      at += packedWords(count, width)
    }
    return at
  }
}

/** `into` if it has room for `total` numbers, otherwise a new array of twice that size. */
export function roomFor(total: number, into: Uint32Array): Uint32Array {
  return total <= into.length ? into : new Uint32Array(2 * total)
}

function sumOf(freqs: Uint32Array, docCount: number): number {
  let total = 0
  for (let i = 0; i < docCount; i++) total += freqs[i]!
  return total
}

/** Turns gaps into positions, document by document. */
function sumWithinDocuments(positions: Uint32Array, freqs: Uint32Array, docCount: number): void {
  let next = 0
  for (let i = 0; i < docCount; i++) {
    let position = 0
    for (const end = next + freqs[i]!; next < end; next++) {
      position += positions[next]!
      positions[next] = position
    }
  }
}

import {
  BLOCK_SIZE,
  packedWords,
  UNPACK,
  UNPACK_DELTAS,
  unpackSome,
  unpackSomeDeltas,
  WIDTH_MAX,
} from '../bytes/bit-packing.ts'
import { corrupt } from '../bytes/checksum.ts'
import { IMPACTS_MAX } from './impacts.ts'
import type { PostingList, StoredList } from './posting-list.ts'

const EMPTY = new Uint32Array(0)

/** Opens a list of at least one full block. `bytes` no longer include the checksum, which has been verified. */
export function openPackedPostings(bytes: Uint8Array, list: StoredList): PostingList {
  const words = alignedWords(bytes, list.source)
  const blockCount = Math.ceil(list.docFreq / BLOCK_SIZE)
  const skipStart = words.length - 2 * blockCount
  if (skipStart < 0) throw corrupt(list.source, `has ${words.length} words for ${blockCount} blocks`)

  const descriptors = words.subarray(skipStart, skipStart + blockCount)
  const lastDocs = words.subarray(skipStart + blockCount)
  checkLastDocs(lastDocs, list)
  const starts = blockStarts(descriptors, list)
  const impactsAt = starts[blockCount]!
  const impacts = list.scored
    ? readImpacts(words.subarray(0, skipStart), impactsAt, descriptors, list.source)
    : undefined
  if (impacts === undefined && impactsAt !== skipStart) {
    throw corrupt(list.source, `has blocks of ${impactsAt} words before word ${skipStart}`)
  }
  return new PackedPostings(words, { list, descriptors, lastDocs, starts, impacts })
}

/** `bytes` as words: a view if they are aligned, otherwise a copy. */
export function alignedWords(bytes: Uint8Array, source: string): Uint32Array {
  if (bytes.length % 4 !== 0) throw corrupt(source, `is ${bytes.length} bytes, not a whole number of words`)
  // Not `slice`: for a Buffer it returns a view of the same bytes.
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  return new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4)
}

type Impacts = { readonly starts: Uint32Array; readonly freqs: Uint32Array; readonly lengths: Uint32Array }

type Parts = {
  readonly list: StoredList
  readonly descriptors: Uint32Array
  readonly lastDocs: Uint32Array
  readonly starts: Uint32Array
  readonly impacts: Impacts | undefined
}

class PackedPostings implements PostingList {
  readonly docFreq: number
  readonly blockCount: number
  readonly lastDocs: Uint32Array
  readonly scored: boolean
  readonly impactStarts: Uint32Array
  readonly impactFreqs: Uint32Array
  readonly impactLengths: Uint32Array
  readonly #words: Uint32Array
  readonly #descriptors: Uint32Array
  readonly #starts: Uint32Array
  readonly #fullBlocks: number

  constructor(words: Uint32Array, parts: Parts) {
    this.docFreq = parts.list.docFreq
    this.blockCount = parts.lastDocs.length
    this.lastDocs = parts.lastDocs
    this.scored = parts.list.scored
    this.impactStarts = parts.impacts?.starts ?? EMPTY
    this.impactFreqs = parts.impacts?.freqs ?? EMPTY
    this.impactLengths = parts.impacts?.lengths ?? EMPTY
    this.#words = words
    this.#descriptors = parts.descriptors
    this.#starts = parts.starts
    this.#fullBlocks = Math.floor(parts.list.docFreq / BLOCK_SIZE)
  }

  blockLength(b: number): number {
    return b < this.#fullBlocks ? BLOCK_SIZE : this.docFreq - b * BLOCK_SIZE
  }

  decodeDocs(b: number, out: Uint32Array): void {
    const width = this.#descriptors[b]! & 63
    const base = b === 0 ? -1 : this.lastDocs[b - 1]!
    const at = this.#starts[b]!
    if (b < this.#fullBlocks) UNPACK_DELTAS[width]!(this.#words, at, out, base)
    else unpackSomeDeltas(this.#words, at, out, { width, count: this.blockLength(b), base })
  }

  decodeFreqs(b: number, out: Uint32Array): void {
    const descriptor = this.#descriptors[b]!
    this.#decode(b, out, {
      at: this.#starts[b]! + packedWords(this.blockLength(b), descriptor & 63),
      width: (descriptor >>> 6) & 63,
      add: 1,
    })
  }

  decodeLengths(b: number, out: Uint32Array): void {
    const descriptor = this.#descriptors[b]!
    const count = this.blockLength(b)
    this.#decode(b, out, {
      at: this.#starts[b]! + packedWords(count, descriptor & 63) + packedWords(count, (descriptor >>> 6) & 63),
      width: (descriptor >>> 12) & 63,
      add: this.impactLengths[this.impactStarts[b]!]!,
    })
  }

  #decode(b: number, out: Uint32Array, values: { at: number; width: number; add: number }): void {
    const { at, width, add } = values
    if (b < this.#fullBlocks) UNPACK[width]!(this.#words, at, out, add)
    else unpackSome(this.#words, at, out, { width, count: this.blockLength(b), add })
  }
}

function checkLastDocs(lastDocs: Uint32Array, list: StoredList): void {
  let previous = -1
  for (let b = 0; b < lastDocs.length; b++) {
    const docId = lastDocs[b]!
    if (docId <= previous) throw corrupt(list.source, `has block ${b} end at docId ${docId} after docId ${previous}`)
    previous = docId
  }
  if (previous >= list.docCount) throw corrupt(list.source, `has docId ${previous} of ${list.docCount} documents`)
}

/** The index of the first word of each block, and of the word after the last block. */
function blockStarts(descriptors: Uint32Array, list: StoredList): Uint32Array {
  const starts = new Uint32Array(descriptors.length + 1)
  const bitsUsed = list.scored ? 22 : 6
  let at = 0
  for (let b = 0; b < descriptors.length; b++) {
    const descriptor = descriptors[b]!
    const docWidth = descriptor & 63
    const freqWidth = (descriptor >>> 6) & 63
    const lengthWidth = (descriptor >>> 12) & 63
    if (docWidth > WIDTH_MAX || freqWidth > WIDTH_MAX || lengthWidth > WIDTH_MAX || descriptor >>> bitsUsed !== 0) {
      throw corrupt(list.source, `has an unknown descriptor ${descriptor} of block ${b}`)
    }
    const count = Math.min(BLOCK_SIZE, list.docFreq - b * BLOCK_SIZE)
    at += packedWords(count, docWidth) + packedWords(count, freqWidth) + packedWords(count, lengthWidth)
    starts[b + 1] = at
  }
  return starts
}

/** Reads the impacts at `words[at…]`, which must end with them. */
function readImpacts(words: Uint32Array, at: number, descriptors: Uint32Array, source: string): Impacts {
  const starts = new Uint32Array(descriptors.length + 1)
  for (let b = 0; b < descriptors.length; b++) {
    const count = (descriptors[b]! >>> 18) + 1
    if (count > IMPACTS_MAX) throw corrupt(source, `has ${count} impacts of block ${b}, more than ${IMPACTS_MAX}`)
    starts[b + 1] = starts[b]! + count
  }
  const total = starts[descriptors.length]!
  const freqs = new Uint32Array(total)
  const lengths = new Uint32Array(total)
  let next = at
  for (let from = 0; from < total; from += BLOCK_SIZE) {
    const count = Math.min(BLOCK_SIZE, total - from)
    const widths = next < words.length ? words[next]! : 0xffff_ffff
    const freqWidth = widths & 63
    const lengthWidth = widths >>> 6
    const lengthsAt = next + 1 + packedWords(count, freqWidth)
    const end = lengthsAt + packedWords(count, lengthWidth)
    if (freqWidth > WIDTH_MAX || lengthWidth > WIDTH_MAX || end > words.length) {
      throw corrupt(source, `has impacts that run past their ${words.length} words`)
    }
    unpackSome(words, next + 1, freqs.subarray(from), { width: freqWidth, count, add: 0 })
    unpackSome(words, lengthsAt, lengths.subarray(from), { width: lengthWidth, count, add: 0 })
    next = end
  }
  if (next !== words.length) throw corrupt(source, `has ${words.length - next} words after its blocks and impacts`)
  return { starts, freqs, lengths }
}

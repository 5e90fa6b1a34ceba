import { assert } from '../assert.ts'
import { BLOCK_SIZE, bitWidth, pack, packedWords } from '../bytes/bit-packing.ts'
import { ByteWriter, putVarint, VARINT_SIZE_MAX } from '../bytes/byte-writer.ts'
import { appendChecksum } from '../bytes/checksum.ts'
import { writeColumn } from '../bytes/patched-column.ts'
import { WordList } from '../bytes/word-list.ts'
import { ImpactFront } from './impacts.ts'

/**
 * Lists with more documents are in a section of their own, end in a checksum, and are listed in the footer. Shorter
 * lists are in their dictionary block, whose checksum covers them.
 */
export const FREQUENT_DOC_FREQ = 1000

/** Minimum documents of a short list that is stored by columns; shorter lists are stored document by document. */
export const COLUMNS_MIN = 8

/** Documents, frequencies and field lengths of one term in parallel arrays. `docIds` strictly ascend, below 2^31. */
export type Postings = {
  readonly docIds: Uint32Array
  /** Each is at least 1. Absent in unscored lists, like `lengths`. */
  readonly freqs?: Uint32Array | undefined
  readonly lengths?: Uint32Array | undefined
  readonly count: number
}

/** Encodes a posting list, with its checksum if it has one; see docs/formats/postings.md. */
export function encodePostings(postings: Postings): Uint8Array {
  const out = new ByteWriter(64 + postings.count)
  const encoder = new PostingsEncoder()
  encoder.begin(out, postings.freqs === undefined ? 'unscored' : 'scored')
  encoder.add(postings, 0, postings.count)
  if (encoder.finish() > FREQUENT_DOC_FREQ) appendChecksum(out, 0)
  return out.take()
}

/**
 * Writes a list of fewer documents than a block, without skip data: as varints if the documents are very few, because
 * most terms have one or two documents; otherwise as columns.
 */
export function writeShortPostings(out: ByteWriter, postings: Postings): void {
  if (postings.count < COLUMNS_MIN) writeVarintPostings(out, postings)
  else writeColumnPostings(out, postings)
}

function writeVarintPostings(out: ByteWriter, { docIds, freqs, lengths, count }: Postings): void {
  out.reserve(count * 3 * VARINT_SIZE_MAX)
  const { bytes } = out
  let at = out.length
  let previous = -1
  for (let i = 0; i < count; i++) {
    const gap = docIds[i]! - previous - 1
    assert(gap >= 0, 'docIds of a posting list strictly ascend')
    previous = docIds[i]!
    if (freqs === undefined) {
      at = putVarint(bytes, at, gap)
      continue
    }
    const freq = freqs[i]!
    at = putVarint(bytes, at, gap * 2 + (freq === 1 ? 0 : 1))
    if (freq !== 1) at = putVarint(bytes, at, freq - 2)
    at = putVarint(bytes, at, lengths![i]!)
  }
  out.length = at
}

const COLUMN = new Uint32Array(BLOCK_SIZE)

function writeColumnPostings(out: ByteWriter, { docIds, freqs, lengths, count }: Postings): void {
  let previous = -1
  for (let i = 0; i < count; i++) {
    assert(docIds[i]! > previous, 'docIds of a posting list strictly ascend')
    COLUMN[i] = docIds[i]! - previous - 1
    previous = docIds[i]!
  }
  writeColumn(out, COLUMN, count)
  if (freqs === undefined) return
  for (let i = 0; i < count; i++) COLUMN[i] = freqs[i]! - 1
  writeColumn(out, COLUMN, count)
  writeColumn(out, lengths!, count)
}

/**
 * Writes posting lists to a {@link ByteWriter}. Per list, call `begin`, then `add` any number of times, then `finish`.
 * Holds one block and the skip data. Writes complete blocks at once; the caller may empty the writer between calls.
 * Adds no checksum.
 */
export class PostingsEncoder {
  #out = new ByteWriter()
  #scored = false
  #docFreq = 0
  #pending = 0
  #previousDoc = -1
  readonly #docIds = new Uint32Array(BLOCK_SIZE)
  readonly #freqs = new Uint32Array(BLOCK_SIZE)
  readonly #lengths = new Uint32Array(BLOCK_SIZE)
  readonly #values = new Uint32Array(BLOCK_SIZE)
  readonly #words = new Uint32Array(3 * BLOCK_SIZE)
  readonly #front = new ImpactFront()
  readonly #impactFreqs = new WordList()
  readonly #impactLengths = new WordList()
  readonly #descriptors = new WordList()
  readonly #lastDocs = new WordList()

  begin(out: ByteWriter, kind: 'scored' | 'unscored'): void {
    this.#out = out
    this.#scored = kind === 'scored'
    this.#docFreq = 0
    this.#pending = 0
    this.#previousDoc = -1
    this.#impactFreqs.count = 0
    this.#impactLengths.count = 0
    this.#descriptors.count = 0
    this.#lastDocs.count = 0
  }

  /** Appends the documents [from, to) of `postings`; docIds ascend across calls. */
  add(postings: Postings, from: number, to: number): void {
    const { docIds, freqs, lengths } = postings
    const scored = this.#scored
    for (let i = from; i < to; i++) {
      const slot = this.#pending++
      this.#docIds[slot] = docIds[i]!
      if (scored) {
        this.#freqs[slot] = freqs![i]!
        this.#lengths[slot] = lengths![i]!
      }
      if (slot === BLOCK_SIZE - 1) this.#flushBlock()
    }
  }

  /** Number of documents in the list so far. */
  get docFreq(): number {
    return this.#docFreq + this.#pending
  }

  /** Ends the list. @returns its document frequency */
  finish(): number {
    const docFreq = this.docFreq
    assert(docFreq > 0, 'a posting list has at least one document')
    if (docFreq < BLOCK_SIZE) {
      const list = { docIds: this.#docIds, count: docFreq }
      const scores = { freqs: this.#freqs, lengths: this.#lengths }
      writeShortPostings(this.#out, this.#scored ? { ...list, ...scores } : list)
    } else {
      if (this.#pending > 0) this.#flushBlock()
      this.#writeSkipData()
    }
    return docFreq
  }

  #flushBlock(): void {
    const count = this.#pending
    const values = this.#values
    let previous = this.#previousDoc
    for (let i = 0; i < count; i++) {
      const docId = this.#docIds[i]!
      assert(docId > previous, 'docIds of a posting list strictly ascend')
      values[i] = docId - previous - 1
      previous = docId
    }
    this.#previousDoc = previous
    this.#lastDocs.push(previous)
    this.#docFreq += count
    this.#pending = 0

    const words = this.#words
    let descriptor = widthOf(values, count)
    let end = pack(values, count, descriptor, words, 0)
    if (this.#scored) {
      const shortest = this.#addImpacts(count)
      for (let i = 0; i < count; i++) values[i] = this.#freqs[i]! - 1
      const freqWidth = widthOf(values, count)
      end = pack(values, count, freqWidth, words, end)
      for (let i = 0; i < count; i++) values[i] = this.#lengths[i]! - shortest
      const lengthWidth = widthOf(values, count)
      end = pack(values, count, lengthWidth, words, end)
      descriptor |= (freqWidth << 6) | (lengthWidth << 12) | ((this.#front.count - 1) << 18)
    }
    this.#descriptors.push(descriptor)
    this.#out.words(words, end)
  }

  /** Records the impacts of the block. @returns its shortest length, which is the length of its first impact */
  #addImpacts(count: number): number {
    const front = this.#front
    front.clear()
    for (let i = 0; i < count; i++) front.add(this.#freqs[i]!, this.#lengths[i]!)
    front.cap()
    for (let i = 0; i < front.count; i++) {
      this.#impactFreqs.push(front.freqs[i]!)
      this.#impactLengths.push(front.lengths[i]!)
    }
    return front.lengths[0]!
  }

  #writeSkipData(): void {
    for (let from = 0; from < this.#impactFreqs.count; from += BLOCK_SIZE) {
      const count = Math.min(BLOCK_SIZE, this.#impactFreqs.count - from)
      const freqs = this.#impactFreqs.words.subarray(from, from + count)
      const lengths = this.#impactLengths.words.subarray(from, from + count)
      const freqWidth = widthOf(freqs, count)
      const lengthWidth = widthOf(lengths, count)
      this.#out.word(freqWidth | (lengthWidth << 6))
      pack(lengths, count, lengthWidth, this.#words, pack(freqs, count, freqWidth, this.#words, 0))
      this.#out.words(this.#words, packedWords(count, freqWidth) + packedWords(count, lengthWidth))
    }
    this.#out.words(this.#descriptors.words, this.#descriptors.count)
    this.#out.words(this.#lastDocs.words, this.#lastDocs.count)
  }
}

function widthOf(values: Uint32Array, count: number): number {
  let any = 0
  for (let i = 0; i < count; i++) any |= values[i]!
  return bitWidth(any)
}

import { assert } from '../assert.ts'
import { ByteWriter } from './byte-writer.ts'
import { appendChecksum } from './checksum.ts'
import { compareToSpan, sharedPrefix } from './compare-bytes.ts'
import { TERM_BLOCK_SIZE, type TermBlockShape } from './term-block-shape.ts'

/** One entry's numbers and where its lists are; offsets count from the start of their section. */
export type TermEntryDraft = {
  readonly docFreq: number
  /** Text lane: the term's only form equals it. */
  readonly ownForm: boolean
  /** Bytes of the posting list, with its checksum if it has one. */
  readonly postingsSize: number
  /** Text lane: bytes of the position list, without checksum. */
  readonly positionsSize: number
  /** Where in their sections the lists begin, or would begin if they were not beside the block. */
  readonly postingsAt: number
  readonly positionsAt: number
}

/**
 * Gathers the entries of one block after another. What an entry's inline lists are is
 * the caller's business: it appends them to `data`, entry by entry.
 */
export class TermBlockEncoder {
  readonly #shape: TermBlockShape
  /** Inline posting and position lists, in the order of the entries. */
  readonly data = new ByteWriter(4096)
  readonly #names = new ByteWriter(1024)
  readonly #docFreqs = new ByteWriter()
  readonly #postingsSizes = new ByteWriter()
  readonly #positionsSizes = new ByteWriter()
  readonly #positionsGaps = new ByteWriter()
  #count = 0
  #isFirst = true
  /** Copies, as the caller's arrays may change. */
  readonly #previous = new ByteWriter()
  readonly #previousIndexed = new ByteWriter()
  #postingsBase = 0
  #positionsBase = 0
  #positionsEnd = 0

  constructor(shape: TermBlockShape) {
    this.#shape = shape
  }

  get count(): number {
    return this.#count
  }

  /** The last term added; empty before the first. */
  get previous(): Uint8Array {
    return this.#previous.bytes.subarray(0, this.#previous.length)
  }

  /**
   * Adds an entry; terms strictly ascend, across blocks too. In the form lane it is pairs of form and
   * term that do, as words that differ in accents alone have one form but sometimes two terms.
   *
   * @param indexedTerm form lane: the term that the form is indexed under
   */
  add(term: Uint8Array, draft: TermEntryDraft, indexedTerm?: Uint8Array): void {
    const { lane, place } = this.#shape
    const shared = this.#checkOrder(term, indexedTerm)
    if (this.#count === 0) {
      this.#postingsBase = draft.postingsAt
      this.#positionsBase = draft.positionsAt
      this.#positionsEnd = draft.positionsAt
      this.#writeName(term, 0)
    } else this.#writeName(term, shared)
    if (indexedTerm !== undefined) this.#writeName(indexedTerm, sharedPrefix(term, indexedTerm))
    this.#docFreqs.varint(lane === 'text' ? draft.docFreq * 2 + (draft.ownForm ? 1 : 0) : draft.docFreq)
    this.#postingsSizes.varint(draft.postingsSize)
    if (lane === 'text') {
      this.#positionsSizes.varint(draft.positionsSize)
      if (place === 'frequent') this.#positionsGaps.varint(draft.positionsAt - this.#positionsEnd)
      this.#positionsEnd = draft.positionsAt + draft.positionsSize
    }
    this.#count++
  }

  /** Writes the block to `out`, with a checksum if it is one of the dictionary, and begins the next. */
  finish(out: ByteWriter): void {
    assert(this.#count > 0 && this.#count <= TERM_BLOCK_SIZE, 'a dictionary block holds 1 to 64 entries')
    const start = out.length
    out.byte(this.#count)
    out.varint(this.#postingsBase)
    if (this.#shape.lane === 'text') out.varint(this.#positionsBase)
    for (const part of [
      this.#names,
      this.#docFreqs,
      this.#postingsSizes,
      this.#positionsSizes,
      this.#positionsGaps,
      this.data,
    ]) {
      out.drain(part)
    }
    if (this.#shape.place === 'dictionary') appendChecksum(out, start)
    this.#count = 0
  }

  /** A front-coded name: one byte of two nibbles, shared and own length (15: a varint follows), then its own bytes. */
  #writeName(name: Uint8Array, shared: number): void {
    const out = this.#names
    const own = name.length - shared
    out.byte(Math.min(shared, 15) | (Math.min(own, 15) << 4))
    if (shared >= 15) out.varint(shared - 15)
    if (own >= 15) out.varint(own - 15)
    out.appendSpan(name, shared, name.length)
  }

  /** Holds the new entry to be after the previous one, and notes it as such. @returns bytes that their terms share */
  #checkOrder(term: Uint8Array, indexedTerm: Uint8Array | undefined): number {
    assert(
      (indexedTerm !== undefined) === (this.#shape.lane === 'form'),
      'a form has an indexed term, and nothing else does',
    )
    const previous = this.#previous
    const shared = sharedPrefix(term, previous.bytes, previous.length)
    const differs = shared < term.length && shared < previous.length
    const order = differs ? term[shared]! - previous.bytes[shared]! : term.length - previous.length
    const isAfter = order > 0 || (order === 0 && (this.#isFirst || this.#isLaterTerm(indexedTerm)))
    assert(isAfter, 'entries of a dictionary strictly ascend')
    this.#isFirst = false
    replaceFrom(this.#previous, term, shared)
    if (indexedTerm !== undefined) replaceFrom(this.#previousIndexed, indexedTerm, 0)
    return shared
  }

  #isLaterTerm(indexedTerm: Uint8Array | undefined): boolean {
    if (indexedTerm === undefined) return false
    return compareToSpan(indexedTerm, this.#previousIndexed.bytes, 0, this.#previousIndexed.length) > 0
  }
}

/** Makes `copy` hold `bytes`, of which it has the first `kept` already. */
function replaceFrom(copy: ByteWriter, bytes: Uint8Array, kept: number): void {
  copy.length = kept
  copy.appendSpan(bytes, kept, bytes.length)
}

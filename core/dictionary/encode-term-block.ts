import { assert } from '../assert.ts'
import { ByteWriter } from '../bytes/byte-writer.ts'
import { appendChecksum } from '../bytes/checksum.ts'
import { compareToSpan, sharedPrefix } from '../bytes/compare-bytes.ts'
import { writeColumn } from '../bytes/patched-column.ts'
import { WordList } from '../bytes/word-list.ts'
import { writeNameBytes } from './name-code.ts'
import { TERM_BLOCK_SIZE, type TermBlockShape } from './term-block-shape.ts'

/** The numbers of an entry and the places of its lists; offsets count from the start of a section. */
export type TermEntryDraft = {
  readonly docFreq: number
  /** Text lane: whether the term has only one form, which equals the term. */
  readonly ownForm: boolean
  /** Bytes of the posting list, including its checksum if it has one. */
  readonly postingsSize: number
  /** Text lane: bytes of the position list without its checksum. */
  readonly positionsSize: number
  /** Where the lists begin in their sections, or would begin if they were not in the block. */
  readonly postingsAt: number
  readonly positionsAt: number
}

/** The only document of a term; `freq` and `length` count in the text lane only. */
export type SingleDocument = { readonly docId: number; readonly freq: number; readonly length: number }

/**
 * Encodes one block of entries after another. The caller appends the inline lists of each entry to `data`. Terms with a
 * single document, which are most terms of a dictionary, have no lists; their documents are in columns of the block.
 */
export class TermBlockEncoder {
  readonly #shape: TermBlockShape
  /** Inline posting and position lists, in the order of the entries. */
  readonly data = new ByteWriter(4096)
  /** The lengths of the shared and the own part of each name, and the bytes of the own parts. */
  readonly #nameLengths = new ByteWriter()
  readonly #nameBytes = new ByteWriter(1024)
  readonly #docFreqs = new ByteWriter()
  readonly #postingsSizes = new ByteWriter()
  readonly #positionsSizes = new ByteWriter()
  readonly #positionsGaps = new ByteWriter()
  readonly #singles = new EntryBits()
  readonly #ownForms = new EntryBits()
  readonly #single = { docIds: new WordList(), freqs: new WordList(), lengths: new WordList(), gaps: new WordList() }
  #count = 0
  #isFirst = true
  /** Copies, because the caller may change its arrays. */
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
   * Adds an entry. Terms strictly ascend, across blocks too. In the form lane, pairs of form and term strictly ascend,
   * because words that differ only in accents have one form but sometimes two terms.
   *
   * @param indexedTerm form lane: the term of the form
   */
  add(term: Uint8Array, draft: TermEntryDraft, indexedTerm?: Uint8Array): void {
    const { lane, place } = this.#shape
    this.#addName(term, draft, indexedTerm)
    this.#docFreqs.varint(draft.docFreq)
    this.#postingsSizes.varint(draft.postingsSize)
    if (lane === 'text') {
      this.#positionsSizes.varint(draft.positionsSize)
      if (place === 'frequent') this.#positionsGaps.varint(draft.positionsAt - this.#positionsEnd)
      this.#positionsEnd = draft.positionsAt + draft.positionsSize
    }
  }

  /**
   * Adds an entry with a single document and its `freq` positions. In other respects like {@link add}.
   *
   * @param draft `postingsAt` and `positionsAt` are the current ends of the sections
   */
  addSingle(
    term: Uint8Array,
    draft: Pick<TermEntryDraft, 'ownForm' | 'postingsAt' | 'positionsAt'>,
    single: SingleDocument,
    positions: Uint32Array | undefined,
    indexedTerm?: Uint8Array,
  ): void {
    this.#singles.set(this.#count)
    this.#addName(term, draft, indexedTerm)
    const { docIds, freqs, lengths, gaps } = this.#single
    docIds.push(single.docId)
    if (positions === undefined) return
    freqs.push(single.freq - 1)
    lengths.push(single.length)
    let previous = 0
    for (let i = 0; i < single.freq; i++) {
      assert(positions[i]! >= previous, 'positions ascend within a document')
      gaps.push(positions[i]! - previous)
      previous = positions[i]!
    }
  }

  /** Writes the block to `out`, with a checksum if it is in the dictionary, and begins the next block. */
  finish(out: ByteWriter): void {
    assert(this.#count > 0 && this.#count <= TERM_BLOCK_SIZE, 'a dictionary block holds 1 to 64 entries')
    const { lane, place } = this.#shape
    const start = out.length
    out.byte(this.#count)
    out.varint(this.#postingsBase)
    if (lane === 'text') out.varint(this.#positionsBase)
    if (place === 'dictionary') this.#singles.drainTo(out, this.#count)
    if (lane === 'text') this.#ownForms.drainTo(out, this.#count)
    out.drain(this.#nameLengths)
    writeNameBytes(out, this.#nameBytes.bytes, this.#nameBytes.length)
    this.#nameBytes.length = 0
    out.drain(this.#docFreqs)
    out.drain(this.#postingsSizes)
    out.drain(this.#positionsSizes)
    out.drain(this.#positionsGaps)
    if (this.#single.docIds.count > 0) this.#writeSingles(out)
    out.drain(this.data)
    if (this.#shape.place === 'dictionary') appendChecksum(out, start)
    this.#count = 0
  }

  #writeSingles(out: ByteWriter): void {
    const { docIds, freqs, lengths, gaps } = this.#single
    const columns = this.#shape.lane === 'text' ? [docIds, freqs, lengths, gaps] : [docIds]
    for (const column of columns) {
      writeColumn(out, column.words, column.count)
      column.count = 0
    }
  }

  #addName(
    term: Uint8Array,
    draft: Pick<TermEntryDraft, 'ownForm' | 'postingsAt' | 'positionsAt'>,
    indexedTerm: Uint8Array | undefined,
  ): void {
    const shared = this.#checkOrder(term, indexedTerm)
    if (this.#count === 0) {
      this.#postingsBase = draft.postingsAt
      this.#positionsBase = draft.positionsAt
      this.#positionsEnd = draft.positionsAt
    }
    this.#writeName(term, this.#count === 0 ? 0 : shared)
    if (indexedTerm !== undefined) this.#writeName(indexedTerm, sharedPrefix(term, indexedTerm))
    if (draft.ownForm) this.#ownForms.set(this.#count)
    this.#count++
  }

  /** Writes a front-coded name: a byte with two nibbles, the shared and the own length (15: a varint follows). */
  #writeName(name: Uint8Array, shared: number): void {
    const out = this.#nameLengths
    const own = name.length - shared
    out.byte(Math.min(shared, 15) | (Math.min(own, 15) << 4))
    if (shared >= 15) out.varint(shared - 15)
    if (own >= 15) out.varint(own - 15)
    this.#nameBytes.appendSpan(name, shared, name.length)
  }

  /**
   * Checks that the new entry comes after the previous one, and records it.
   * @returns how many bytes their terms share
   */
  #checkOrder(term: Uint8Array, indexedTerm: Uint8Array | undefined): number {
    assert(
      (indexedTerm !== undefined) === (this.#shape.lane === 'form'),
      'entries of the form lane have an indexed term, and no others',
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

/** Copies `bytes` to `copy`, which already has the first `kept` bytes. */
function replaceFrom(copy: ByteWriter, bytes: Uint8Array, kept: number): void {
  copy.length = kept
  copy.appendSpan(bytes, kept, bytes.length)
}

/** A bit for each entry of a block. */
class EntryBits {
  readonly #bytes = new Uint8Array(TERM_BLOCK_SIZE / 8)

  set(i: number): void {
    this.#bytes[i >>> 3]! |= 1 << (i & 7)
  }

  /** Writes the bits of `count` entries and clears them. */
  drainTo(out: ByteWriter, count: number): void {
    out.appendSpan(this.#bytes, 0, (count + 7) >>> 3)
    this.#bytes.fill(0)
  }
}

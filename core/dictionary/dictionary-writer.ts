import { BLOCK_SIZE } from '../bytes/bit-packing.ts'
import { ByteWriter } from '../bytes/byte-writer.ts'
import { CHECKSUM_SIZE } from '../bytes/checksum.ts'
import { hashKey } from '../bytes/hash-key.ts'
import { type Positions, PositionsEncoder, writeShortPositions } from '../postings/encode-positions.ts'
import { FREQUENT_DOC_FREQ, type Postings, PostingsEncoder, writeShortPostings } from '../postings/encode-postings.ts'
import { PostingsBuffer } from '../postings/postings-buffer.ts'
import { TermBlockEncoder } from './encode-term-block.ts'
import { FrequentTermsBuilder } from './frequent-terms.ts'
import type { Lane } from './lane.ts'
import { SparseIndexBuilder } from './sparse-index.ts'
import { type PlacedList, SpillingList } from './spilling-list.ts'
import {
  hasInlinePositions,
  hasInlinePostings,
  positionsStart,
  SINGLE_FREQ_MAX,
  TERM_BLOCK_SIZE,
} from './term-block-shape.ts'

/** What an entry of a term has in addition to its lists. */
export type TermMark = {
  /** Text lane: whether the term has only one form, which equals the term. */
  readonly ownForm?: boolean
  /**
   * Form lane: UTF-8 bytes of the form's term. Entries are keyed by form and term: a form with several terms has an
   * entry for each, in the order of the terms.
   */
  readonly indexedTerm?: Uint8Array
}

/** What a footer holds for one lane. */
export type LaneIndex = {
  readonly entryCount: number
  /** For {@link SparseIndex}; offsets of blocks count from the first block of this lane. */
  readonly sparseIndex: Uint8Array
  /** For {@link FrequentTerms}. */
  readonly frequentTerms: Uint8Array
}

const NO_POSITIONS: PlacedList = { at: 0, size: 0 }

/**
 * Writes one lane of a dictionary with all its lists. Per term, call `begin`, then `add` any number of times, then
 * `end`. Complete parts collect in three writers. The caller may empty these (`take`) at any time, so a list of
 * millions of documents is never in memory as a whole.
 */
export class DictionaryWriter {
  /** Dictionary blocks, each with its short lists. */
  readonly blocks = new ByteWriter(1 << 10)
  /** Posting lists of frequent terms. Each takes a whole number of words. */
  readonly postings = new ByteWriter(1 << 10)
  /** Position lists that are not next to their postings. */
  readonly positions = new ByteWriter(1 << 10)
  /** Keyword lane: {@link hashKey} of each term, by ordinal, eight bytes each. */
  readonly hashes = new ByteWriter()
  readonly #lane: Lane
  readonly #block: TermBlockEncoder
  readonly #frequent: FrequentTermsBuilder
  readonly #index = new SparseIndexBuilder()
  readonly #postingsEncoder = new PostingsEncoder()
  readonly #positionsEncoder = new PositionsEncoder()
  readonly #postingsList: SpillingList
  readonly #positionsList: SpillingList
  /** The documents of the current term while they are fewer than a block. */
  readonly #held = new PostingsBuffer()
  #blocksEnd = 0
  #entryCount = 0
  #first: Uint8Array = new Uint8Array(0)
  #term: Uint8Array = new Uint8Array(0)
  #mark: TermMark = {}

  /** @param sections where this lane begins in the sections of posting and position lists */
  constructor(lane: Lane, sections: { readonly postingsAt: number; readonly positionsAt: number }) {
    this.#lane = lane
    this.#block = new TermBlockEncoder({ lane, place: 'dictionary' })
    this.#frequent = new FrequentTermsBuilder(lane)
    this.#postingsList = new SpillingList(this.postings, sections.postingsAt)
    this.#positionsList = new SpillingList(this.positions, sections.positionsAt)
  }

  /** Where the lists of the next lane begin in their sections. Valid between terms. */
  get sectionEnds(): { readonly postingsAt: number; readonly positionsAt: number } {
    return { postingsAt: this.#postingsList.sectionEnd, positionsAt: this.#positionsList.sectionEnd }
  }

  /** The first and the last added term; empty if there is none. */
  get ends(): { readonly first: Uint8Array; readonly last: Uint8Array } {
    return { first: this.#first, last: this.#block.previous.slice() }
  }

  /** Writes a whole term, like `begin`, `add` and `end`, but faster for short lists. */
  write(term: Uint8Array, mark: TermMark, postings: Postings, positions?: Uint32Array): void {
    if (postings.count > 0 && postings.count < BLOCK_SIZE) this.#writeShort(term, mark, postings, positions)
    else {
      this.begin(term, mark)
      this.add(postings, positions)
      this.end()
    }
  }

  /** Starts a term; terms strictly ascend. The caller must not change `term` and `mark` until `end`. */
  begin(term: Uint8Array, mark: TermMark = {}): void {
    this.#term = term
    this.#mark = mark
    this.#postingsEncoder.begin(this.#postingsList.pending, this.#lane === 'text' ? 'scored' : 'unscored')
    this.#positionsEncoder.begin(this.#positionsList.pending)
  }

  /** Appends documents to the term. In the text lane, `positions` has as many entries as the sum of `freqs`. */
  add(postings: Postings, positions?: Uint32Array): void {
    const held = this.#held
    if (this.#postingsEncoder.docFreq === 0 && held.count + postings.count < BLOCK_SIZE) {
      held.append(postings, positions)
      return
    }
    if (held.count > 0) this.#encode(this.#heldPostings(), held.positions)
    held.clear()
    this.#encode(postings, positions)
  }

  /** Completes the term. A term without documents gets no entry. @returns its document frequency */
  end(): number {
    const { count } = this.#held
    if (count > 0) {
      this.#writeShort(this.#term, this.#mark, this.#heldPostings(), this.#held.positions)
      this.#held.clear()
      return count
    }
    if (this.#postingsEncoder.docFreq === 0) return 0
    const docFreq = this.#postingsEncoder.finish()
    this.#addEntry(docFreq, this.#placePostings(docFreq), this.#placePositions(docFreq))
    return docFreq
  }

  /** Completes the lane. The three writers hold the parts that the caller has not taken yet. */
  finish(): LaneIndex {
    if (this.#block.count > 0) this.#finishBlock()
    return {
      entryCount: this.#entryCount,
      sparseIndex: this.#index.finish(this.#blocksEnd, this.#entryCount),
      frequentTerms: this.#frequent.finish(),
    }
  }

  #encode(postings: Postings, positions: Uint32Array | undefined): void {
    const { freqs, count } = postings
    this.#postingsEncoder.add(postings, 0, count)
    if (this.#lane === 'text') {
      const list: Positions = { freqs: freqs!, positions: positions!, count }
      this.#positionsEncoder.add(list, { from: 0, to: count, positionsFrom: 0 })
    }
    if (this.#postingsEncoder.docFreq <= FREQUENT_DOC_FREQ) return
    this.#postingsList.spill(this.#postingsList.sectionEnd)
    if (this.#lane !== 'text') return
    this.#positionsList.spill(positionsStart(this.#positionsList.sectionEnd, this.#postingsEncoder.docFreq))
  }

  #heldPostings(): Postings {
    const { docIds, freqs, lengths, count } = this.#held
    return this.#lane === 'text' ? { docIds, freqs, lengths, count } : { docIds, count }
  }

  /**
   * Writes lists of less than a block into the dictionary block. Long position lists are put into their own section.
   */
  #writeShort(term: Uint8Array, mark: TermMark, postings: Postings, positions: Uint32Array | undefined): void {
    this.#term = term
    this.#mark = mark
    const { freqs, count } = postings
    if (count === 1 && (freqs?.[0] ?? 1) <= SINGLE_FREQ_MAX) {
      this.#addSingle(postings, positions)
      return
    }
    const data = this.#block.data
    const at = data.length
    writeShortPostings(data, postings)
    const placed = { at: this.#postingsList.sectionEnd, size: data.length - at }
    if (this.#lane !== 'text') {
      this.#addEntry(count, placed, NO_POSITIONS)
      return
    }
    const positionsAt = data.length
    writeShortPositions(data, { freqs: freqs!, positions: positions!, count })
    const size = data.length - positionsAt
    const inline = hasInlinePositions(count, size)
    if (!inline) {
      this.#positionsList.pending.appendSpan(data.bytes, positionsAt, data.length)
      data.length = positionsAt
    }
    const end = this.#positionsList.sectionEnd
    this.#addEntry(count, placed, inline ? { at: end, size } : this.#positionsList.close(positionsStart(end, count)))
  }

  #addSingle({ docIds, freqs, lengths }: Postings, positions: Uint32Array | undefined): void {
    const { ownForm = false, indexedTerm } = this.#mark
    this.#beginBlockIfNone()
    const single = { docId: docIds[0]!, freq: freqs?.[0] ?? 1, length: lengths?.[0] ?? 0 }
    this.#block.addSingle(this.#term, { ownForm, ...this.sectionEnds }, single, positions, indexedTerm)
    this.#finishEntry()
  }

  #addEntry(docFreq: number, postings: PlacedList, positions: PlacedList): void {
    const { ownForm = false, indexedTerm } = this.#mark
    const draft = {
      docFreq,
      ownForm,
      postingsAt: postings.at,
      postingsSize: postings.size,
      positionsAt: positions.at,
      positionsSize: positions.size,
    }
    this.#beginBlockIfNone()
    this.#block.add(this.#term, draft, indexedTerm)
    if (docFreq > FREQUENT_DOC_FREQ) this.#frequent.add(this.#term, draft, indexedTerm)
    this.#finishEntry()
  }

  #beginBlockIfNone(): void {
    if (this.#block.count === 0) this.#index.add(this.#blocksEnd, this.#term, this.#block.previous)
  }

  #finishEntry(): void {
    if (this.#entryCount === 0) this.#first = this.#term.slice()
    this.#entryCount++
    if (this.#lane === 'keyword') {
      const { first, second } = hashKey(this.#term)
      this.hashes.word(first)
      this.hashes.word(second)
    }
    if (this.#block.count === TERM_BLOCK_SIZE) this.#finishBlock()
  }

  #placePostings(docFreq: number): PlacedList {
    const list = this.#postingsList
    if (hasInlinePostings(docFreq)) return list.moveTo(this.#block.data)
    const { at, size } = list.close(list.sectionEnd)
    return { at, size: size + CHECKSUM_SIZE }
  }

  #placePositions(docFreq: number): PlacedList {
    const list = this.#positionsList
    if (this.#lane !== 'text') return NO_POSITIONS
    this.#positionsEncoder.finish()
    if (hasInlinePositions(docFreq, list.pending.length)) return list.moveTo(this.#block.data)
    return list.close(positionsStart(list.sectionEnd, docFreq))
  }

  #finishBlock(): void {
    const before = this.blocks.length
    this.#block.finish(this.blocks)
    this.#blocksEnd += this.blocks.length - before
  }
}

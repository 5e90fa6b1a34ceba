import { BLOCK_SIZE } from '../bytes/bit-packing.ts'
import { type Bitset, bitsetAdd } from '../bytes/bitset.ts'
import { CHECKSUM_SIZE, corrupt, withoutChecksum } from '../bytes/checksum.ts'
import { compareToSpan } from '../bytes/compare-bytes.ts'
import { ownBytes } from '../bytes/own-bytes.ts'
import { VarintReader } from '../bytes/varint-reader.ts'
import { markShortList } from '../postings/mark-documents.ts'
import { openPositions } from '../postings/open-positions.ts'
import { openPostings } from '../postings/open-postings.ts'
import type { PositionList, PostingList, StoredList } from '../postings/posting-list.ts'
import { SingleDocuments } from './single-documents.ts'
import {
  hasInlinePositions,
  hasInlinePostings,
  positionsStart,
  TERM_BLOCK_SIZE,
  type TermBlockShape,
} from './term-block-shape.ts'
import { readTermNames, type TermNames } from './term-names.ts'

/**
 * The place of a list: in the dictionary block, which alone can read it, or in the section of posting or position
 * lists. Offsets are bytes from the start of the block or the section; `end` is after the list's checksum if there is
 * one.
 */
export type ListRange = { readonly place: 'block' | 'section'; readonly start: number; readonly end: number }

/** The segment whose documents a list has; `source` names the file and its part in errors. */
type ListedSegment = { readonly docCount: number; readonly source: string }

/** Numbers per entry, in this order. */
const STRIDE = 5
const [DOC_FREQ, POSTINGS_AT, POSTINGS_SIZE, POSITIONS_AT, POSITIONS_SIZE] = [0, 1, 2, 3, 4] as const

const IN_COLUMNS: ListRange = { place: 'block', start: 0, end: 0 }
const NO_BITS = new Uint8Array(TERM_BLOCK_SIZE / 8)

/**
 * Opens a dictionary block. Decodes all entries at once, in some 5–15 µs; finding an entry then compares six names.
 *
 * @throws {CorruptDataError} for bytes that are not such a block; `source` names the file and its part
 */
export function openTermBlock(bytes: Uint8Array, shape: TermBlockShape, source: string): TermBlock {
  const body = shape.place === 'dictionary' ? withoutChecksum(bytes, source) : bytes
  return new TermBlock(body, shape, source)
}

/** The entries of one dictionary block, in ascending order of their terms' UTF-8 bytes. */
export class TermBlock {
  readonly count: number
  readonly #bytes: Uint8Array
  readonly #scored: boolean
  /** The terms; in the form lane, each form and then its term. */
  readonly #names: TermNames
  readonly #namesPerEntry: number
  /** A bit per entry: whether it has a single document; whether the term's only form equals the term. */
  readonly #singles: Uint8Array
  readonly #ownForms: Uint8Array
  /** Per entry: how many entries of its kind (with a single document, or not) precede it. */
  readonly #ranks: Uint8Array
  readonly #singleDocuments: SingleDocuments
  /** The numbers of the entries with lists. */
  readonly #numbers: Float64Array

  constructor(bytes: Uint8Array, shape: TermBlockShape, source: string) {
    const reader = new VarintReader(bytes)
    const count = reader.next()
    if (count < 1 || count > TERM_BLOCK_SIZE) throw corrupt(source, `has ${count} entries`)
    const bases = { postings: reader.next(), positions: shape.lane === 'text' ? reader.next() : 0 }
    this.count = count
    this.#bytes = bytes
    this.#scored = shape.lane === 'text'
    this.#singles = shape.place === 'dictionary' ? readBits(reader, count) : NO_BITS
    this.#ownForms = shape.lane === 'text' ? readBits(reader, count) : NO_BITS
    this.#ranks = new Uint8Array(count)
    const singleCount = this.#rankEntries()
    this.#namesPerEntry = shape.lane === 'form' ? 2 : 1
    this.#names = readTermNames(reader, { entryCount: count, perEntry: this.#namesPerEntry, source })
    this.#numbers = new Float64Array((count - singleCount) * STRIDE)
    this.#readNumbers(reader, shape, bases.positions)
    this.#singleDocuments = new SingleDocuments(reader, singleCount, this.#scored ? 'scored' : 'unscored')
    const end = this.#placeLists(reader.at, shape, bases)
    if (reader.overran) throw corrupt(source, `ends amid its ${count} entries`)
    if (end !== bytes.length) throw corrupt(source, `is ${bytes.length} bytes, its entries take ${end}`)
  }

  /** Index of the first entry whose term equals `term`, or −1. */
  find(term: Uint8Array): number {
    const i = this.lowerBound(term)
    return i < this.count && this.#compare(term, i) === 0 ? i : -1
  }

  /** Index of the first entry at or after `term`; `count` if all are before it. */
  lowerBound(term: Uint8Array): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compare(term, middle) > 0) low = middle + 1
      else high = middle
    }
    return low
  }

  term(i: number): string {
    return textOf(this.termBytes(i))
  }

  /** A view of the term's UTF-8 bytes. */
  termBytes(i: number): Uint8Array {
    return this.#name(i * this.#namesPerEntry)
  }

  /** Form lane: the term of the form. In other lanes: the term of the entry. */
  indexedTerm(i: number): string {
    return textOf(this.indexedTermBytes(i))
  }

  indexedTermBytes(i: number): Uint8Array {
    return this.#name((i + 1) * this.#namesPerEntry - 1)
  }

  docFreq(i: number): number {
    return hasBit(this.#singles, i) ? 1 : this.#number(i, DOC_FREQ)
  }

  /** Text lane: whether the term has only one form, which equals the term and is not in the form lane. */
  ownForm(i: number): boolean {
    return hasBit(this.#ownForms, i)
  }

  /** The place of the posting list. */
  postingsRange(i: number): ListRange {
    if (hasBit(this.#singles, i)) return IN_COLUMNS
    const start = this.#number(i, POSTINGS_AT)
    const end = start + this.#number(i, POSTINGS_SIZE)
    return { place: hasInlinePostings(this.docFreq(i)) ? 'block' : 'section', start, end }
  }

  /** The place of the position list; text lane only. */
  positionsRange(i: number): ListRange {
    if (hasBit(this.#singles, i)) return IN_COLUMNS
    const start = this.#number(i, POSITIONS_AT)
    const size = this.#number(i, POSITIONS_SIZE)
    if (hasInlinePositions(this.docFreq(i), size)) return { place: 'block', start, end: start + size }
    return { place: 'section', start, end: start + size + CHECKSUM_SIZE }
  }

  /**
   * Opens the posting list of entry `i`; returns undefined if the list is in the postings section. The list does not
   * keep the block in memory.
   *
   * @throws {CorruptDataError} for bytes that are not a posting list of `docCount` documents
   */
  openPostings(i: number, segment: ListedSegment): PostingList | undefined {
    if (hasBit(this.#singles, i)) return this.#singleDocuments.openPostings(this.#ranks[i]!, segment)
    const { place, start, end } = this.postingsRange(i)
    if (place === 'section') return undefined
    const stored = this.#storedList(i, segment)
    const bytes = this.#bytes.subarray(start, end)
    // Shorter lists are decoded here and keep no bytes.
    return openPostings(stored.docFreq < BLOCK_SIZE ? bytes : ownBytes(bytes), stored)
  }

  /**
   * Adds the documents of entry `i` to a bitset of `docCount` bits.
   *
   * @returns false if its posting list is in the postings section
   * @throws {CorruptDataError} as {@link openPostings} does
   */
  markDocuments(i: number, segment: ListedSegment, bits: Bitset): boolean {
    if (hasBit(this.#singles, i)) {
      bitsetAdd(bits, this.#singleDocuments.docId(this.#ranks[i]!, segment))
      return true
    }
    const { place, start, end } = this.postingsRange(i)
    if (place === 'section') return false
    markShortList(this.#bytes.subarray(start, end), this.#storedList(i, segment), bits)
    return true
  }

  /**
   * Opens the position list of entry `i`; returns undefined if the list is in the positions section. Text lane only.
   * The list does not keep the block in memory.
   *
   * @throws {CorruptDataError} for bytes that are not a position list
   */
  openPositions(i: number, source: string): PositionList | undefined {
    if (hasBit(this.#singles, i)) return this.#singleDocuments.openPositions(this.#ranks[i]!)
    const { place, start, end } = this.positionsRange(i)
    if (place === 'section') return undefined
    const stored = { docFreq: this.docFreq(i), checksum: 'none', source } as const
    return openPositions(ownBytes(this.#bytes.subarray(start, end)), stored)
  }

  #storedList(i: number, { docCount, source }: ListedSegment): StoredList {
    return { docFreq: this.docFreq(i), scored: this.#scored, docCount, source }
  }

  #number(i: number, which: number): number {
    return this.#numbers[this.#ranks[i]! * STRIDE + which]!
  }

  /** Ranks the entries within their kind. @returns the number of entries with a single document */
  #rankEntries(): number {
    let singles = 0
    for (let i = 0; i < this.count; i++) {
      const isSingle = hasBit(this.#singles, i)
      this.#ranks[i] = isSingle ? singles : i - singles
      if (isSingle) singles++
    }
    return singles
  }

  #compare(term: Uint8Array, i: number): number {
    const name = i * this.#namesPerEntry
    const { bytes, ends } = this.#names
    return compareToSpan(term, bytes, ends[name]!, ends[name + 1]!)
  }

  #name(n: number): Uint8Array {
    const { bytes, ends } = this.#names
    return bytes.subarray(ends[n]!, ends[n + 1]!)
  }

  /** Reads the numbers of the entries with lists. */
  #readNumbers(reader: VarintReader, shape: TermBlockShape, positionsBase: number): void {
    const numbers = this.#numbers
    for (let at = DOC_FREQ; at < numbers.length; at += STRIDE) numbers[at] = reader.next()
    for (let at = POSTINGS_SIZE; at < numbers.length; at += STRIDE) numbers[at] = reader.next()
    if (shape.lane !== 'text') return
    for (let at = POSITIONS_SIZE; at < numbers.length; at += STRIDE) numbers[at] = reader.next()
    if (shape.place !== 'frequent') return
    let positionsAt = positionsBase
    for (let at = 0; at < numbers.length; at += STRIDE) {
      positionsAt += reader.next()
      numbers[at + POSITIONS_AT] = positionsAt
      positionsAt += numbers[at + POSITIONS_SIZE]!
    }
  }

  /** Computes where each list begins. @returns the end of the lists in this block, which begin at `listsAt` */
  #placeLists(listsAt: number, shape: TermBlockShape, bases: { postings: number; positions: number }): number {
    const numbers = this.#numbers
    let at = listsAt
    let { postings, positions } = bases
    for (let entry = 0; entry < numbers.length; entry += STRIDE) {
      const docFreq = numbers[entry + DOC_FREQ]!
      const postingsSize = numbers[entry + POSTINGS_SIZE]!
      const inline = hasInlinePostings(docFreq)
      numbers[entry + POSTINGS_AT] = inline ? at : postings
      if (inline) at += postingsSize
      else postings += postingsSize
      if (shape.lane !== 'text' || shape.place === 'frequent') continue
      const positionsSize = numbers[entry + POSITIONS_SIZE]!
      if (hasInlinePositions(docFreq, positionsSize)) {
        numbers[entry + POSITIONS_AT] = at
        at += positionsSize
      } else {
        positions = positionsStart(positions, docFreq)
        numbers[entry + POSITIONS_AT] = positions
        positions += positionsSize + CHECKSUM_SIZE
      }
    }
    return at
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
}

/** Reads a bit for each entry. */
function readBits(reader: VarintReader, count: number): Uint8Array {
  const bits = new Uint8Array(TERM_BLOCK_SIZE / 8)
  for (let i = 0; i < count; i += 8) bits[i >>> 3] = reader.byte()
  return bits
}

function hasBit(bits: Uint8Array, i: number): boolean {
  return (bits[i >>> 3]! & (1 << (i & 7))) !== 0
}

import { CHECKSUM_SIZE, corrupt, withoutChecksum } from './checksum.ts'
import { compareToSpan } from './compare-bytes.ts'
import {
  hasInlinePositions,
  hasInlinePostings,
  positionsStart,
  TERM_BLOCK_SIZE,
  type TermBlockShape,
} from './term-block-shape.ts'
import { VarintReader } from './varint-reader.ts'

/**
 * Where a list lies: in the dictionary block itself, or in the section of posting or position
 * lists. Bytes from the start of the block or section; `end` is after the list's checksum, if it has one.
 */
export type ListRange = { readonly place: 'block' | 'section'; readonly start: number; readonly end: number }

/** Numbers kept per entry, in this order. */
const STRIDE = 5
const [DOC_FREQ, POSTINGS_AT, POSTINGS_SIZE, POSITIONS_AT, POSITIONS_SIZE] = [0, 1, 2, 3, 4] as const

/**
 * Opens one block of a dictionary. All entries are decoded at once, about 3 µs;
 * after that finding one compares six names.
 *
 * @throws {CorruptDataError} for bytes that are not such a block; `source` names the file and the part of it
 */
export function openTermBlock(bytes: Uint8Array, shape: TermBlockShape, source: string): TermBlock {
  const body = shape.place === 'dictionary' ? withoutChecksum(bytes, source) : bytes
  return new TermBlock(body, shape, source)
}

/** The entries of one dictionary block, in ascending order of their terms' UTF-8 bytes. */
export class TermBlock {
  readonly count: number
  readonly #bytes: Uint8Array
  /** Terms, one after another, and in the form lane each followed by its indexed term. */
  #names = new Uint8Array(TERM_BLOCK_SIZE * 16)
  readonly #nameEnds: Uint32Array
  readonly #namesPerEntry: number
  readonly #numbers: Float64Array
  readonly #ownForms: Uint8Array

  constructor(bytes: Uint8Array, shape: TermBlockShape, source: string) {
    const reader = new VarintReader(bytes)
    const count = reader.next()
    if (count < 1 || count > TERM_BLOCK_SIZE) throw corrupt(source, `has ${count} entries`)
    const postingsBase = reader.next()
    const positionsBase = shape.lane === 'text' ? reader.next() : 0
    this.count = count
    this.#bytes = bytes
    this.#namesPerEntry = shape.lane === 'form' ? 2 : 1
    this.#nameEnds = new Uint32Array(count * this.#namesPerEntry + 1)
    this.#numbers = new Float64Array(count * STRIDE)
    this.#ownForms = new Uint8Array(count)

    this.#readNames(reader, source)
    this.#readSizes(reader, shape)
    if (reader.overran) throw corrupt(source, `ends amid its ${count} entries`)
    const end = this.#placeLists(reader, { shape, postingsBase, positionsBase })
    if (reader.overran || end !== bytes.length)
      throw corrupt(source, `is ${bytes.length} bytes, its entries take ${end}`)
  }

  /** Index of the entry of exactly `term`, or −1. */
  find(term: Uint8Array): number {
    const i = this.lowerBound(term)
    return i < this.count && this.#compare(term, i) === 0 ? i : -1
  }

  /** Index of the first entry not before `term`; `count` if all are before it. */
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

  /** The term's UTF-8 bytes, in place. */
  termBytes(i: number): Uint8Array {
    return this.#name(i * this.#namesPerEntry)
  }

  /** Form lane: the term that the form is indexed under; the form itself elsewhere. */
  indexedTerm(i: number): string {
    return textOf(this.indexedTermBytes(i))
  }

  indexedTermBytes(i: number): Uint8Array {
    return this.#name((i + 1) * this.#namesPerEntry - 1)
  }

  docFreq(i: number): number {
    return this.#numbers[i * STRIDE + DOC_FREQ]!
  }

  /** Text lane: whether the term's only form equals it, so that the form lane does not have it. */
  ownForm(i: number): boolean {
    return this.#ownForms[i] === 1
  }

  postingsRange(i: number): ListRange {
    const start = this.#numbers[i * STRIDE + POSTINGS_AT]!
    const end = start + this.#numbers[i * STRIDE + POSTINGS_SIZE]!
    return { place: hasInlinePostings(this.docFreq(i)) ? 'block' : 'section', start, end }
  }

  /** The posting list that lies in this block, in place; undefined if it is in the postings section. */
  inlinePostings(i: number): Uint8Array | undefined {
    const { place, start, end } = this.postingsRange(i)
    return place === 'block' ? this.#bytes.subarray(start, end) : undefined
  }

  /** Text lane only. */
  positionsRange(i: number): ListRange {
    const start = this.#numbers[i * STRIDE + POSITIONS_AT]!
    const size = this.#numbers[i * STRIDE + POSITIONS_SIZE]!
    if (hasInlinePositions(this.docFreq(i), size)) return { place: 'block', start, end: start + size }
    return { place: 'section', start, end: start + size + CHECKSUM_SIZE }
  }

  /** The position list that lies in this block, in place and without a checksum of its own; text lane only. */
  inlinePositions(i: number): Uint8Array | undefined {
    const { place, start, end } = this.positionsRange(i)
    return place === 'block' ? this.#bytes.subarray(start, end) : undefined
  }

  #compare(term: Uint8Array, i: number): number {
    const name = i * this.#namesPerEntry
    return compareToSpan(term, this.#names, this.#nameEnds[name]!, this.#nameEnds[name + 1]!)
  }

  #name(n: number): Uint8Array {
    return this.#names.subarray(this.#nameEnds[n]!, this.#nameEnds[n + 1]!)
  }

  #readNames(reader: VarintReader, source: string): void {
    const { bytes } = reader
    const perEntry = this.#namesPerEntry
    const ends = this.#nameEnds
    for (let n = 0; n < this.count * perEntry; n++) {
      const lengths = reader.byte()
      let shared = lengths & 15
      if (shared === 15) shared += reader.next()
      let own = lengths >>> 4
      if (own === 15) own += reader.next()
      // A term begins as the term before it does, an indexed term as its form.
      const model = Math.max(0, n % perEntry === 0 ? n - perEntry : n - 1)
      const start = ends[n]!
      if (shared > ends[model + 1]! - ends[model]! || own > bytes.length - reader.at) {
        throw corrupt(source, `has name ${n} share ${shared} bytes and add ${own}`)
      }
      this.#reserveNames(start + shared + own)
      const names = this.#names
      for (let i = 0, from = ends[model]!; i < shared; i++) names[start + i] = names[from + i]!
      for (let i = start + shared, end = i + own; i < end; i++) names[i] = bytes[reader.at++]!
      ends[n + 1] = start + shared + own
      if (n >= perEntry && (n + 1) % perEntry === 0) this.#checkOrder((n + 1) / perEntry - 1, source)
    }
  }

  /** Entry `i` comes after the one before it: by its term, and among forms by the indexed term too. */
  #checkOrder(i: number, source: string): void {
    const ends = this.#nameEnds
    const perEntry = this.#namesPerEntry
    for (let n = i * perEntry; n < (i + 1) * perEntry; n++) {
      const before = n - perEntry
      const order = compareSpans(this.#names, ends[before]!, ends[before + 1]!, ends[n]!, ends[n + 1]!)
      if (order < 0) return
      if (order > 0) break
    }
    throw corrupt(source, `has entry ${i} out of order`)
  }

  #readSizes(reader: VarintReader, shape: TermBlockShape): void {
    const numbers = this.#numbers
    for (let i = 0; i < this.count; i++) {
      const docFreq = reader.next()
      numbers[i * STRIDE + DOC_FREQ] = shape.lane === 'text' ? Math.floor(docFreq / 2) : docFreq
      this.#ownForms[i] = shape.lane === 'text' ? docFreq % 2 : 0
    }
    for (let i = 0; i < this.count; i++) numbers[i * STRIDE + POSTINGS_SIZE] = reader.next()
    if (shape.lane !== 'text') return
    for (let i = 0; i < this.count; i++) numbers[i * STRIDE + POSITIONS_SIZE] = reader.next()
  }

  /** Works out where each list begins. @returns the end of those in this block */
  #placeLists(
    reader: VarintReader,
    base: { shape: TermBlockShape; postingsBase: number; positionsBase: number },
  ): number {
    const { shape } = base
    const numbers = this.#numbers
    let postingsAt = base.postingsBase
    let positionsAt = base.positionsBase
    if (shape.lane === 'text' && shape.place === 'frequent') {
      for (let i = 0; i < this.count; i++) {
        positionsAt += reader.next()
        numbers[i * STRIDE + POSITIONS_AT] = positionsAt
        positionsAt += numbers[i * STRIDE + POSITIONS_SIZE]!
      }
    }
    let at = reader.at
    for (let i = 0; i < this.count; i++) {
      const docFreq = numbers[i * STRIDE + DOC_FREQ]!
      const postingsSize = numbers[i * STRIDE + POSTINGS_SIZE]!
      const inline = hasInlinePostings(docFreq)
      numbers[i * STRIDE + POSTINGS_AT] = inline ? at : postingsAt
      if (inline) at += postingsSize
      else postingsAt += postingsSize
      if (shape.lane !== 'text' || shape.place === 'frequent') continue
      const positionsSize = numbers[i * STRIDE + POSITIONS_SIZE]!
      if (hasInlinePositions(docFreq, positionsSize)) {
        numbers[i * STRIDE + POSITIONS_AT] = at
        at += positionsSize
      } else {
        positionsAt = positionsStart(positionsAt, docFreq)
        numbers[i * STRIDE + POSITIONS_AT] = positionsAt
        positionsAt += positionsSize + CHECKSUM_SIZE
      }
    }
    return at
  }

  #reserveNames(size: number): void {
    if (size <= this.#names.length) return
    const grown = new Uint8Array(Math.max(size, this.#names.length * 2))
    grown.set(this.#names)
    this.#names = grown
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()
}

/** Orders `bytes[startA, endA)` against `bytes[startB, endB)`. */
function compareSpans(bytes: Uint8Array, startA: number, endA: number, startB: number, endB: number): number {
  const shared = Math.min(endA - startA, endB - startB)
  for (let i = 0; i < shared; i++) {
    const difference = bytes[startA + i]! - bytes[startB + i]!
    if (difference !== 0) return difference
  }
  return endA - startA - (endB - startB)
}

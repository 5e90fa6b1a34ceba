import { ByteWriter } from './byte-writer.ts'
import { CHECKSUM_SIZE, corrupt, withoutChecksum } from './checksum.ts'
import { compareToSpan } from './compare-bytes.ts'
import { writeShortPostings } from './encode-postings.ts'
import { readNameBytes } from './name-code.ts'
import { readColumn } from './patched-column.ts'
import {
  hasInlinePositions,
  hasInlinePostings,
  positionsStart,
  SINGLE_FREQ_MAX,
  TERM_BLOCK_SIZE,
  type TermBlockShape,
} from './term-block-shape.ts'
import { VarintReader } from './varint-reader.ts'

/**
 * Where a list lies: in the dictionary block itself, where only the block can read it, or in the section of posting
 * or position lists: bytes from its start; `end` is after the list's checksum, if it has one.
 */
export type ListRange = { readonly place: 'block' | 'section'; readonly start: number; readonly end: number }

/** Numbers kept per entry, in this order. */
const STRIDE = 5
const [DOC_FREQ, POSTINGS_AT, POSTINGS_SIZE, POSITIONS_AT, POSITIONS_SIZE] = [0, 1, 2, 3, 4] as const

const IN_COLUMNS: ListRange = { place: 'block', start: 0, end: 0 }
const NO_BITS = new Uint8Array(TERM_BLOCK_SIZE / 8)
const NOTHING = new Uint32Array(0)
/** Lengths of the names of the block being read: form lanes have two per entry. */
const SHARED = new Float64Array(2 * TERM_BLOCK_SIZE)
const OWN = new Float64Array(2 * TERM_BLOCK_SIZE)
const SINGLE_WRITER = new ByteWriter()

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
  /** A bit per entry: whether it is of a single document; the term's only form equals it. */
  readonly #singles: Uint8Array
  readonly #ownForms: Uint8Array
  readonly #scored: boolean
  /** Of the entries of a single document: all docIds, frequencies less one, lengths, and position gaps. */
  #singleValues = NOTHING
  #singleCount = 0

  constructor(bytes: Uint8Array, shape: TermBlockShape, source: string) {
    const reader = new VarintReader(bytes)
    const count = reader.next()
    if (count < 1 || count > TERM_BLOCK_SIZE) throw corrupt(source, `has ${count} entries`)
    const postingsBase = reader.next()
    const positionsBase = shape.lane === 'text' ? reader.next() : 0
    this.count = count
    this.#bytes = bytes
    this.#scored = shape.lane === 'text'
    this.#singles = shape.place === 'dictionary' ? readBits(reader, count) : NO_BITS
    this.#ownForms = shape.lane === 'text' ? readBits(reader, count) : NO_BITS
    this.#namesPerEntry = shape.lane === 'form' ? 2 : 1
    this.#nameEnds = new Uint32Array(count * this.#namesPerEntry + 1)
    this.#numbers = new Float64Array(count * STRIDE)

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
    return hasBit(this.#ownForms, i)
  }

  postingsRange(i: number): ListRange {
    if (hasBit(this.#singles, i)) return IN_COLUMNS
    const start = this.#numbers[i * STRIDE + POSTINGS_AT]!
    const end = start + this.#numbers[i * STRIDE + POSTINGS_SIZE]!
    return { place: hasInlinePostings(this.docFreq(i)) ? 'block' : 'section', start, end }
  }

  /** The posting list of an entry of this block as it is stored elsewhere; undefined if it is in the postings section. */
  inlinePostings(i: number): Uint8Array | undefined {
    if (hasBit(this.#singles, i)) return this.#singlePostings(this.#singleIndex(i))
    const { place, start, end } = this.postingsRange(i)
    return place === 'block' ? this.#bytes.subarray(start, end) : undefined
  }

  /** Text lane only. */
  positionsRange(i: number): ListRange {
    if (hasBit(this.#singles, i)) return IN_COLUMNS
    const start = this.#numbers[i * STRIDE + POSITIONS_AT]!
    const size = this.#numbers[i * STRIDE + POSITIONS_SIZE]!
    if (hasInlinePositions(this.docFreq(i), size)) return { place: 'block', start, end: start + size }
    return { place: 'section', start, end: start + size + CHECKSUM_SIZE }
  }

  /** The position list of an entry of this block, without a checksum of its own; text lane only. */
  inlinePositions(i: number): Uint8Array | undefined {
    if (hasBit(this.#singles, i)) return this.#singlePositions(this.#singleIndex(i))
    const { place, start, end } = this.positionsRange(i)
    return place === 'block' ? this.#bytes.subarray(start, end) : undefined
  }

  /** How many entries of a single document come before entry `i`. */
  #singleIndex(i: number): number {
    return this.#numbers[i * STRIDE + POSTINGS_AT]!
  }

  #singlePostings(single: number): Uint8Array {
    const values = this.#singleValues
    const docIds = values.subarray(single, single + 1)
    const list = { docIds, count: 1 }
    SINGLE_WRITER.length = 0
    if (!this.#scored) writeShortPostings(SINGLE_WRITER, list)
    else {
      const freqs = Uint32Array.of(values[this.#singleCount + single]! + 1)
      const lengths = values.subarray(2 * this.#singleCount + single)
      writeShortPostings(SINGLE_WRITER, { ...list, freqs, lengths })
    }
    return SINGLE_WRITER.take()
  }

  #singlePositions(single: number): Uint8Array {
    const values = this.#singleValues
    let at = 3 * this.#singleCount
    for (let before = 0; before < single; before++) at += values[this.#singleCount + before]! + 1
    SINGLE_WRITER.length = 0
    for (let left = values[this.#singleCount + single]! + 1; left > 0; left--) SINGLE_WRITER.varint(values[at++]!)
    return SINGLE_WRITER.take()
  }

  #compare(term: Uint8Array, i: number): number {
    const name = i * this.#namesPerEntry
    return compareToSpan(term, this.#names, this.#nameEnds[name]!, this.#nameEnds[name + 1]!)
  }

  #name(n: number): Uint8Array {
    return this.#names.subarray(this.#nameEnds[n]!, this.#nameEnds[n + 1]!)
  }

  #readNames(reader: VarintReader, source: string): void {
    const nameCount = this.count * this.#namesPerEntry
    let ownTotal = 0
    for (let n = 0; n < nameCount; n++) {
      const lengths = reader.byte()
      SHARED[n] = (lengths & 15) === 15 ? 15 + reader.next() : lengths & 15
      OWN[n] = lengths >>> 4 === 15 ? 15 + reader.next() : lengths >>> 4
      ownTotal += OWN[n]!
    }
    const own = readNameBytes(reader, ownTotal)
    if (reader.overran) throw corrupt(source, `ends amid its ${this.count} entries`)
    let at = 0
    for (let n = 0; n < nameCount; n++) {
      this.#joinName(n, own, at, source)
      at += OWN[n]!
    }
  }

  /** Puts name `n` together from what it shares with another and its own bytes at `own[at…]`. */
  #joinName(n: number, own: Uint8Array, at: number, source: string): void {
    const ends = this.#nameEnds
    const perEntry = this.#namesPerEntry
    // A term begins as the term before it does, an indexed term as its form.
    const model = Math.max(0, n % perEntry === 0 ? n - perEntry : n - 1)
    const start = ends[n]!
    const shared = SHARED[n]!
    if (shared > ends[model + 1]! - ends[model]!) throw corrupt(source, `has name ${n} share ${shared} bytes`)
    const end = start + shared + OWN[n]!
    this.#reserveNames(end)
    const names = this.#names
    for (let i = 0, from = ends[model]!; i < shared; i++) names[start + i] = names[from + i]!
    for (let i = start + shared, from = at; i < end; i++) names[i] = own[from++]!
    ends[n + 1] = end
    if (n >= perEntry && (n + 1) % perEntry === 0) this.#checkOrder((n + 1) / perEntry - 1, source)
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
      const isSingle = hasBit(this.#singles, i)
      numbers[i * STRIDE + DOC_FREQ] = isSingle ? 1 : reader.next()
      if (isSingle) numbers[i * STRIDE + POSTINGS_AT] = this.#singleCount++
    }
    for (const number of shape.lane === 'text' ? [POSTINGS_SIZE, POSITIONS_SIZE] : [POSTINGS_SIZE]) {
      for (let i = 0; i < this.count; i++) {
        if (!hasBit(this.#singles, i)) numbers[i * STRIDE + number] = reader.next()
      }
    }
  }

  /** Reads the columns of entries of a single document. */
  #readSingles(reader: VarintReader): void {
    const count = this.#singleCount
    if (count === 0) return
    const values = new Uint32Array(this.#scored ? 3 * count : count)
    for (let at = 0; at < values.length; at += count) readColumn(reader, values, at, count)
    this.#singleValues = values
    if (!this.#scored) return
    let positionCount = count
    for (let single = 0; single < count; single++) {
      const freq = values[count + single]! + 1
      if (freq > SINGLE_FREQ_MAX) reader.fail()
      positionCount += freq - 1
    }
    if (reader.overran) return
    this.#singleValues = new Uint32Array(values.length + positionCount)
    this.#singleValues.set(values)
    readColumn(reader, this.#singleValues, values.length, positionCount)
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
    this.#readSingles(reader)
    let at = reader.at
    for (let i = 0; i < this.count; i++) {
      if (hasBit(this.#singles, i)) continue
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

/** Reads a bit for each entry. */
function readBits(reader: VarintReader, count: number): Uint8Array {
  const bits = new Uint8Array(TERM_BLOCK_SIZE / 8)
  for (let i = 0; i < count; i += 8) bits[i >>> 3] = reader.byte()
  return bits
}

function hasBit(bits: Uint8Array, i: number): boolean {
  return (bits[i >>> 3]! & (1 << (i & 7))) !== 0
}

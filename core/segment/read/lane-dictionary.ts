import { BLOCK_SIZE } from '../../bytes/bit-packing.ts'
import { corrupt } from '../../bytes/checksum.ts'
import { VarintReader } from '../../bytes/varint-reader.ts'
import type { Shelf } from '../../cache/unit-cache.ts'
import { FrequentTerms } from '../../dictionary/frequent-terms.ts'
import type { Lane } from '../../dictionary/lane.ts'
import { SparseIndex } from '../../dictionary/sparse-index.ts'
import { type ListRange, TermBlock } from '../../dictionary/term-block.ts'
import { TERM_BLOCK_SIZE } from '../../dictionary/term-block-shape.ts'
import type { FieldNumber } from '../../fields/field.ts'
import { encodeUtf8 } from '../../utf8.ts'
import { type Footer, sectionsOf } from '../format/footer.ts'
import { EMPTY_LANE_INDEX, NO_FREQUENT_TERMS } from '../format/lane-writer.ts'
import { Pieces } from '../format/pieces.ts'
import { type Plan, whenRead } from '../format/read-plan.ts'
import { UnitReader, type Units } from '../format/read-units.ts'
import type { SegmentBytes } from '../format/segment-bytes.ts'
import { LANE_SECTIONS, SECTION_NAMES, SectionKind } from '../format/segment-format.ts'
import type { ListsOfTerm, TermEntry, WantedLists } from './term-entry.ts'

/** Where an entry is: its lane, its block and its index in the block. */
export type TermPlace = {
  readonly lane: LaneDictionary
  readonly block: TermBlock
  readonly i: number
}

/** Bytes of memory that a decoded block takes per byte of the file. */
const MEMORY_FACTOR = 4
/** Bytes of memory that a term's cached lists take in addition to their contents, and that a cached absence takes. */
const LISTS_BYTES = 400
const ABSENT_BYTES = 40
/** Bytes of memory per document of a posting list of less than one block: three numbers. */
const DECODED_DOC_BYTES = 12

/** The dictionary of one lane of one field of one segment. */
export class LaneDictionary {
  readonly field: FieldNumber
  readonly lane: Lane
  readonly frequent: FrequentTerms
  /** Posting and position lists that are not in dictionary blocks. */
  readonly postings: Pieces
  readonly positions: Pieces
  readonly blocks: UnitReader<TermBlock>
  readonly #file: SegmentBytes
  readonly #index: SparseIndex
  /** Lists of terms that were looked up; `absent` for terms that the lane lacks. */
  readonly #lists: Shelf<string, ListsOfTerm | 'absent'>

  /** @throws {CorruptDataError} for an index that no writer made */
  constructor(file: SegmentBytes, footer: Footer, { field, lane }: { field: FieldNumber; lane: Lane }) {
    const { terms, postings } = LANE_SECTIONS[lane]
    const blocks = sectionsOf(footer, terms, field)
    const name = `${SECTION_NAMES[terms]} of field ${field}`
    const source = `${file.source}: ${name} index`
    const bytes = blocks.at(-1)?.index ?? EMPTY_LANE_INDEX
    const reader = new VarintReader(bytes)
    const sparseSize = reader.next()
    if (reader.at + sparseSize > bytes.length) throw corrupt(source, `is ${bytes.length} bytes for ${sparseSize}`)
    const sparse = bytes.subarray(reader.at, reader.at + sparseSize)
    const run = new Pieces(blocks)

    this.field = field
    this.lane = lane
    const frequent = bytes.subarray(reader.at + sparseSize)
    this.frequent = new FrequentTerms(frequent.length === 0 ? NO_FREQUENT_TERMS : frequent, lane, source)
    this.postings = new Pieces(sectionsOf(footer, postings, field))
    this.positions = new Pieces(lane === 'text' ? sectionsOf(footer, SectionKind.positions, field) : [])
    this.#file = file
    const index = new SparseIndex(sparse, source)
    this.#index = index
    const units: Units = {
      name,
      count: index.blockCount,
      start: (unit) => run.inFile(index.range(unit).start),
      // One past the last byte's position: the next byte of the run may be in another piece.
      end: (unit) => run.inFile(index.range(unit).end - 1) + 1,
    }
    this.blocks = new UnitReader(file, units, { decode: this.#decode, memoryFactor: MEMORY_FACTOR })
    this.#lists = file.units.shelf()
    if (index.blockCount !== Math.ceil(index.entryCount / TERM_BLOCK_SIZE)) {
      throw corrupt(source, `has ${index.blockCount} blocks for ${index.entryCount} entries`)
    }
  }

  /** Number of entries. */
  get size(): number {
    return this.#index.entryCount
  }

  /** The lists of a term, or `absent`, if that is known without a read; otherwise undefined. */
  knownLists(term: string, want: WantedLists, docCount: number): ListsOfTerm | 'absent' | undefined {
    const known = this.#lists.get(term)
    if (known !== undefined && (known === 'absent' || want === 'postings' || known.positions !== undefined))
      return known
    return this.#listsInBlock(term, want, docCount)
  }

  /** Caches the lists of a term for {@link knownLists}. */
  cacheLists(term: string, lists: ListsOfTerm, place: TermPlace): void {
    this.#lists.set(term, lists, LISTS_BYTES + contentBytes(lists, place))
  }

  /** Caches that the lane lacks a term, for {@link knownLists}. */
  cacheAbsence(term: string): void {
    this.#lists.set(term, 'absent', ABSENT_BYTES)
  }

  #listsInBlock(term: string, want: WantedLists, docCount: number): ListsOfTerm | 'absent' | undefined {
    if (this.size === 0) return 'absent'
    const name = encodeTerm(term)
    if (this.frequent.count > 0 && this.frequent.find(name) !== undefined) return undefined
    const block = this.blocks.find(this.#index.blockOf(name))
    if (block === undefined) return undefined
    const i = block.find(name)
    if (i === -1) {
      this.cacheAbsence(term)
      return 'absent'
    }
    const { source } = this.#file
    const list = block.openPostings(i, { docCount, source })
    const positions = want === 'positions' ? block.openPositions(i, source) : undefined
    if (list === undefined || (want === 'positions' && positions === undefined)) return undefined
    const lists = { list, positions }
    this.cacheLists(term, lists, { lane: this, block, i })
    return lists
  }

  /** The entry of a frequent term; undefined if the term is not frequent. Reads nothing. */
  findFrequent(term: string): TermEntry | undefined {
    // Most segments are too small to have frequent terms.
    const found = this.frequent.count === 0 ? undefined : this.frequent.find(encodeTerm(term))
    return found === undefined ? undefined : this.entry(found.block, found.i, term)
  }

  /** Finds terms that are not frequent. One round. */
  find(terms: readonly string[]): Plan<(TermEntry | undefined)[]> {
    if (this.size === 0) return terms.map(() => undefined)
    const blockOf = terms.map((term) => this.#index.blockOf(encodeTerm(term)))
    const wanted = distinct(blockOf)
    return whenRead(this.blocks.read(wanted), (blocks) => {
      const byNumber = new Map(blocks.map((block, i) => [wanted[i]!, block]))
      return terms.map((term, k) => {
        const block = byNumber.get(blockOf[k]!)!
        const i = block.find(encodeTerm(term))
        return i < 0 ? undefined : this.entry(block, i, term)
      })
    })
  }

  /** Number of the block that holds the entry `name` if the lane has it. */
  blockOf(name: Uint8Array): number {
    return this.#index.blockOf(name)
  }

  /** Reads the strings of the entries with these ordinals, in the order given. One round. */
  valuesAt(ordinals: ArrayLike<number>): Plan<string[]> {
    const numbers = distinct(Array.from(ordinals, blockOfOrdinal))
    return whenRead(this.blocks.read(numbers), (blocks) => {
      const byNumber = new Map(blocks.map((block, i) => [numbers[i]!, block]))
      return Array.from(ordinals, (ordinal) => byNumber.get(blockOfOrdinal(ordinal))!.term(ordinal % TERM_BLOCK_SIZE))
    })
  }

  readonly #decode = (body: Uint8Array, unit: number, source: string): TermBlock => {
    const block = new TermBlock(body, { lane: this.lane, place: 'dictionary' }, source)
    const expected = Math.min(TERM_BLOCK_SIZE, this.size - unit * TERM_BLOCK_SIZE)
    if (block.count !== expected) throw corrupt(source, `has ${block.count} entries, expected ${expected}`)
    return block
  }

  /** An entry of one of the lane's blocks. */
  entry(block: TermBlock, i: number, term: string): TermEntry {
    return {
      field: this.field,
      lane: this.lane,
      term,
      docFreq: block.docFreq(i),
      ownForm: block.ownForm(i),
      indexedTerm: this.lane === 'form' ? block.indexedTerm(i) : term,
      place: { lane: this, block, i } satisfies TermPlace,
    }
  }
}

/** Bytes of memory that the contents of lists take: as many as in the file, but short posting lists are decoded. */
function contentBytes({ list, positions }: ListsOfTerm, { block, i }: TermPlace): number {
  const sizeOf = ({ start, end }: ListRange) => end - start
  const postings = list.docFreq < BLOCK_SIZE ? list.docFreq * DECODED_DOC_BYTES : sizeOf(block.postingsRange(i))
  return postings + (positions === undefined ? 0 : sizeOf(block.positionsRange(i)))
}

/** Bytes of terms that were looked up lately: a query looks up its terms in every segment. */
const encodedTerms = new Map<string, Uint8Array>()
const ENCODED_TERMS_MAX = 4_096

function encodeTerm(term: string): Uint8Array {
  const known = encodedTerms.get(term)
  if (known !== undefined) return known
  const encoded = encodeUtf8(term)
  if (encodedTerms.size >= ENCODED_TERMS_MAX) encodedTerms.clear()
  encodedTerms.set(term, encoded)
  return encoded
}

/** The distinct numbers, ascending. */
function distinct(numbers: readonly number[]): readonly number[] {
  if (numbers.length === 1) return numbers
  const ascending = numbers.toSorted((a, b) => a - b)
  return ascending.filter((number, i) => number !== ascending[i - 1])
}

function blockOfOrdinal(ordinal: number): number {
  return Math.floor(ordinal / TERM_BLOCK_SIZE)
}

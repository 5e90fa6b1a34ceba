import { corrupt } from '../bytes/checksum.ts'
import { readColumn } from '../bytes/patched-column.ts'
import type { VarintReader } from '../bytes/varint-reader.ts'
import { roomFor } from '../postings/open-positions.ts'
import type { DocId, PositionList, PositionReader, PostingList } from '../postings/posting-list.ts'
import { singlePosting } from '../postings/short-postings.ts'
import { SINGLE_FREQ_MAX, TERM_BLOCK_SIZE } from './term-block-shape.ts'

const NOTHING = new Uint32Array(0)
/** Scratch space for the columns that are being read. */
const COLUMNS = new Uint32Array(TERM_BLOCK_SIZE * (3 + SINGLE_FREQ_MAX))

/** The documents of the terms in a dictionary block that have a single document, in the order of these terms. */
export class SingleDocuments {
  readonly #count: number
  readonly #kind: 'scored' | 'unscored'
  /** All docIds; if scored, then all frequencies minus one, all lengths, and the position gaps. */
  readonly #values: Uint32Array

  /** Reads the columns of `count` terms. Invalid columns mark the reader as overrun. */
  constructor(reader: VarintReader, count: number, kind: 'scored' | 'unscored') {
    this.#count = count
    this.#kind = kind
    this.#values = count === 0 ? NOTHING : readColumns(reader, count, kind)
  }

  /** @throws {CorruptDataError} for a document beyond the segment's `docCount` */
  docId(single: number, segment: { readonly docCount: number; readonly source: string }): DocId {
    const docId = this.#values[single]!
    if (docId >= segment.docCount) {
      throw corrupt(segment.source, `has docId ${docId} of ${segment.docCount} documents`)
    }
    return docId
  }

  /** @throws {CorruptDataError} for a document beyond the segment's `docCount` */
  openPostings(single: number, segment: { readonly docCount: number; readonly source: string }): PostingList {
    const values = this.#values
    const docId = this.docId(single, segment)
    if (this.#kind === 'unscored') return singlePosting(docId)
    return singlePosting(docId, values[this.#count + single]! + 1, values[2 * this.#count + single]!)
  }

  /** The positions of a scored document. */
  openPositions(single: number): PositionList {
    const values = this.#values
    const count = this.#count
    let at = 3 * count
    for (let before = 0; before < single; before++) at += values[count + before]! + 1
    const positions = new Uint32Array(values[count + single]! + 1)
    let position = 0
    for (let i = 0; i < positions.length; i++) {
      position += values[at + i]!
      positions[i] = position
    }
    return new SinglePositions(positions)
  }
}

/** The positions of a single document, which are their own reader. */
class SinglePositions implements PositionList, PositionReader {
  readonly #positions: Uint32Array

  constructor(positions: Uint32Array) {
    this.#positions = positions
  }

  decode(_b: number, _freqs: Uint32Array, into: Uint32Array): Uint32Array {
    const positions = roomFor(this.#positions.length, into)
    positions.set(this.#positions)
    return positions
  }

  reader(): PositionReader {
    return this
  }

  beginBlock(): void {}

  read(_start: number, _freq: number, out: Uint32Array, at: number): void {
    out.set(this.#positions, at)
  }
}

function readColumns(reader: VarintReader, count: number, kind: 'scored' | 'unscored'): Uint32Array {
  readColumn(reader, COLUMNS, 0, count)
  if (kind === 'unscored') return COLUMNS.slice(0, count)
  readColumn(reader, COLUMNS, count, count)
  readColumn(reader, COLUMNS, 2 * count, count)
  let positionCount = count
  for (let single = 0; single < count; single++) {
    const more = COLUMNS[count + single]!
    if (more >= SINGLE_FREQ_MAX) reader.fail()
    positionCount += more
  }
  if (reader.overran) return NOTHING
  readColumn(reader, COLUMNS, 3 * count, positionCount)
  return COLUMNS.slice(0, 3 * count + positionCount)
}

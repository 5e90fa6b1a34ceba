import { COLUMN_BLOCK_DOCS, type Column, type ColumnBlock } from '../../columns/column.ts'
import type { DocId } from '../../postings/posting-list.ts'
import { columnValue, type SortValue } from '../score/sort-values.ts'

/** One key of the sort order within a segment. It gives each document one or two numbers; smaller numbers come first. */
export interface SegmentSortKey {
  /** Numbers per document: 2 if the column has integers that a double cannot represent exactly. */
  readonly width: 1 | 2
  /** Writes a document's numbers to `into` from `at` on. Allocates nothing. */
  write(doc: DocId, score: number, into: Float64Array, at: number): void
  /** A lower bound of the first number of all documents in `[base, end)`, which are in one column block. */
  least(base: DocId, end: DocId): number
  /** The value that the key compares between segments. */
  valueOf(doc: DocId, score: number): SortValue
}

/** Sorts by score, best first. */
export const SCORE_KEY: SegmentSortKey = {
  width: 1,
  write: (_doc, score, into, at) => {
    into[at] = -score
  },
  least: () => Number.NEGATIVE_INFINITY,
  valueOf: (_doc, score) => score,
}

/** Sorts by id: docIds of one segment are in the order of ids. */
export function idKey(descending: boolean): SegmentSortKey {
  return {
    width: 1,
    write: (doc, _score, into, at) => {
      into[at] = descending ? -doc : doc
    },
    least: (base, end) => (descending ? 1 - end : base),
    valueOf: (doc) => doc,
  }
}

/**
 * Sorts by the values of a column. It knows the values of the added blocks, and the zones of all blocks. Missing values come
 * last in either direction.
 */
export class ColumnKey implements SegmentSortKey {
  readonly width: 1 | 2
  readonly #zones: Column['zones']
  readonly #blocks: (ColumnBlock | undefined)[]
  /** For blocks of 64-bit integers, both halves of each value, lower half first. */
  readonly #halves: (Int32Array | undefined)[]
  readonly #descending: boolean
  readonly #sign: 1 | -1

  constructor(zones: Column['zones'], descending: boolean) {
    // The zone of a block of 64-bit integers is in bigints.
    this.width = zones.some((zone) => typeof zone?.min === 'bigint') ? 2 : 1
    this.#zones = zones
    this.#blocks = new Array(zones.length)
    this.#halves = new Array(zones.length)
    this.#descending = descending
    this.#sign = descending ? -1 : 1
  }

  /** Adds blocks that have been read. */
  add({ blocks }: Pick<Column, 'blocks'>): void {
    for (const [b, block] of blocks.entries()) {
      if (block === undefined) continue
      const { values } = block
      this.#blocks[b] = block
      if (values instanceof BigInt64Array) {
        this.#halves[b] = new Int32Array(values.buffer, values.byteOffset, 2 * values.length)
      }
    }
  }

  write(doc: DocId, _score: number, into: Float64Array, at: number): void {
    const b = Math.floor(doc / COLUMN_BLOCK_DOCS)
    const block = this.#blocks[b]
    const halves = this.#halves[b]
    const v = block === undefined ? -1 : this.#indexOfValue(block, doc - block.docStart, halves)
    if (v < 0) into.fill(Number.POSITIVE_INFINITY, at, at + this.width)
    else if (this.width === 1) into[at] = this.#sign * (block!.values as Float64Array)[v]!
    else this.#writeParts(block!, v, { halves, into, at })
  }

  least(base: DocId): number {
    const zone = this.#zones[Math.floor(base / COLUMN_BLOCK_DOCS)]
    if (zone === undefined) return Number.POSITIVE_INFINITY
    const first = this.#descending ? zone.max : zone.min
    return this.#sign * (this.width === 2 ? highPart(first) : Number(first))
  }

  valueOf(doc: DocId): SortValue {
    return columnValue(this.#blocks, doc, this.#descending)
  }

  /** The index of the value that a document sorts by, the first of its values in the sort order; -1 if it has none. */
  #indexOfValue({ present, starts, values }: ColumnBlock, i: number, halves: Int32Array | undefined): number {
    if (present !== undefined && ((present[i >>> 5]! >>> (i & 31)) & 1) === 0) return -1
    if (starts === undefined) return i
    let best = starts[i]!
    if (best === starts[i + 1]) return -1
    for (let v = best + 1; v < starts[i + 1]!; v++) {
      const isLess = halves === undefined ? values[v]! < values[best]! : isLessByHalves(halves, v, best)
      const isGreater = halves === undefined ? values[v]! > values[best]! : isLessByHalves(halves, best, v)
      if (this.#descending ? isGreater : isLess) best = v
    }
    return best
  }

  /** Writes an integer as the number of whole multiples of 2^32 in it, and the remainder. */
  #writeParts(
    { values }: ColumnBlock,
    v: number,
    { halves, into, at }: { readonly halves: Int32Array | undefined; readonly into: Float64Array; readonly at: number },
  ): void {
    const value = halves === undefined ? (values as Float64Array)[v]! : 0
    const high = halves === undefined ? highPart(value) : halves[2 * v + 1]!
    const low = halves === undefined ? value - high * PART : halves[2 * v]! >>> 0
    into[at] = this.#sign * high
    into[at + 1] = this.#sign * low
  }
}

const PART = 2 ** 32

/** The number of whole multiples of 2^32 in an integer, rounded down. */
function highPart(value: number | bigint): number {
  return typeof value === 'bigint' ? Number(value >> 32n) : Math.floor(value / PART)
}

/** Whether one 64-bit integer is less than another. Allocates no bigint. */
function isLessByHalves(halves: Int32Array, v: number, than: number): boolean {
  const high = halves[2 * v + 1]!
  const other = halves[2 * than + 1]!
  return high === other ? halves[2 * v]! >>> 0 < halves[2 * than]! >>> 0 : high < other
}

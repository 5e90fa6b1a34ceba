import { COLUMN_BLOCK_DOCS, type Column, type ColumnBlock } from '../../columns/column.ts'
import type { DocId } from '../../postings/posting-list.ts'
import { columnValue, type SortValue } from '../score/sort-values.ts'

/** One key of the order within a segment: a document's place is one number or two, the smaller comes first. */
export interface SegmentSortKey {
  /** Numbers a document: 2 where the column has integers that no double holds. */
  readonly width: 1 | 2
  /** Writes a document's numbers to `into` from `at` on. Makes nothing. */
  write(doc: DocId, score: number, into: Float64Array, at: number): void
  /** No document of `[base, end)`, which lies in one block of columns, has a smaller first number. */
  least(base: DocId, end: DocId): number
  /** What the key compares by between segments. */
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
 * The values of a column, as far as its blocks were added: the zones say what the others can hold. Missing values come
 * last in either direction.
 */
export class ColumnKey implements SegmentSortKey {
  readonly width: 1 | 2
  readonly #zones: Column['zones']
  readonly #blocks: (ColumnBlock | undefined)[]
  /** Of blocks of 64-bit integers their halves, the lower one first. */
  readonly #halves: (Int32Array | undefined)[]
  readonly #descending: boolean
  readonly #sign: 1 | -1

  constructor(zones: Column['zones'], descending: boolean) {
    // A block of 64-bit integers has a zone of them.
    this.width = zones.some((zone) => typeof zone?.min === 'bigint') ? 2 : 1
    this.#zones = zones
    this.#blocks = new Array(zones.length)
    this.#halves = new Array(zones.length)
    this.#descending = descending
    this.#sign = descending ? -1 : 1
  }

  /** Adds the blocks that were read. */
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
    const v = block === undefined ? -1 : this.#placeOf(block, doc - block.docStart, halves)
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

  /** Where the value of a document that counts is: of several the first in the order. -1: it has none. */
  #placeOf({ present, starts, values }: ColumnBlock, i: number, halves: Int32Array | undefined): number {
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

  /** Writes the multiples of 2^32 below an integer, and what is left. */
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

/** The multiples of 2^32 below an integer, whether it is a number or a bigint. */
function highPart(value: number | bigint): number {
  return typeof value === 'bigint' ? Number(value >> 32n) : Math.floor(value / PART)
}

/** Whether one 64-bit integer is less than another. Makes no bigint. */
function isLessByHalves(halves: Int32Array, v: number, than: number): boolean {
  const high = halves[2 * v + 1]!
  const other = halves[2 * than + 1]!
  return high === other ? halves[2 * v]! >>> 0 < halves[2 * than]! >>> 0 : high < other
}

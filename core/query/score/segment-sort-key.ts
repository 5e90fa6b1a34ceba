import { COLUMN_BLOCK_DOCS, type Column } from '../../columns/column.ts'
import type { DocId } from '../../postings/posting-list.ts'
import { columnValue, type SortValue } from './sort-values.ts'

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

export const SCORE_KEY: SegmentSortKey = {
  width: 1,
  write: (_doc, score, into, at) => {
    into[at] = -score
  },
  least: () => Number.NEGATIVE_INFINITY,
  valueOf: (_doc, score) => score,
}

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

/** Missing values come last in either direction. */
export function columnKey(column: Column, descending: boolean): SegmentSortKey {
  const isWide = column.blocks.some((block) => block?.values instanceof BigInt64Array)
  const sign = descending ? -1 : 1
  return {
    width: isWide ? 2 : 1,
    write: (doc, _score, into, at) => {
      const value = columnValue(column, doc, descending)
      if (value === undefined) into.fill(Number.POSITIVE_INFINITY, at, at + (isWide ? 2 : 1))
      else if (isWide) writeParts(value, sign, into, at)
      else into[at] = sign * (value as number)
    },
    least: (base) => {
      const zone = column.zones[Math.floor(base / COLUMN_BLOCK_DOCS)]
      if (zone === undefined) return Number.POSITIVE_INFINITY
      const first = descending ? zone.max : zone.min
      return sign * (isWide ? highPart(first) : Number(first))
    },
    valueOf: (doc) => columnValue(column, doc, descending),
  }
}

const PART = 2 ** 32

/** The multiples of 2^32 below an integer, whether it is a number or a bigint. */
function highPart(value: number | bigint): number {
  return typeof value === 'bigint' ? Number(value >> 32n) : Math.floor(value / PART)
}

function writeParts(value: number | bigint, sign: 1 | -1, into: Float64Array, at: number): void {
  const high = highPart(value)
  const low = typeof value === 'bigint' ? Number(BigInt.asUintN(32, value)) : value - high * PART
  into[at] = sign * high
  into[at + 1] = sign * low
}

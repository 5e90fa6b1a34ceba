import type { Column, ColumnBlock, Zone } from '../../columns/column.ts'
import type { FieldValue } from '../../fields/field.ts'
import type { Bounds } from '../language/clause.ts'
import { setBit, wordsFor } from './bits.ts'

/** A value of a numeric column; booleans are 0 and 1. */
export type ColumnNumber = number | bigint

/** What is looked for in a column: `accepts` for a value, `mayAccept` for what lies in a zone. */
export type ColumnTest = {
  accepts(value: ColumnNumber): boolean
  mayAccept(zone: Zone): boolean
}

export function boundsTest(bounds: Bounds): ColumnTest {
  const gt = bounds.gt === undefined ? undefined : toColumnNumber(bounds.gt)
  const gte = bounds.gte === undefined ? undefined : toColumnNumber(bounds.gte)
  const lt = bounds.lt === undefined ? undefined : toColumnNumber(bounds.lt)
  const lte = bounds.lte === undefined ? undefined : toColumnNumber(bounds.lte)
  const aboveLow = (value: ColumnNumber) => (gt === undefined || value > gt) && (gte === undefined || value >= gte)
  const belowHigh = (value: ColumnNumber) => (lt === undefined || value < lt) && (lte === undefined || value <= lte)
  return {
    accepts: (value) => aboveLow(value) && belowHigh(value),
    mayAccept: ({ min, max }) => aboveLow(max) && belowHigh(min),
  }
}

export function valuesTest(values: readonly FieldValue[]): ColumnTest {
  const wanted = new Set(values.map((value) => asSetKey(toColumnNumber(value))))
  const all = [...wanted]
  return {
    accepts: (value) => wanted.has(asSetKey(value)),
    mayAccept: ({ min, max }) => all.some((value) => value >= min && value <= max),
  }
}

/** A set tells a number from the bigint that equals it, so only what no number can hold stays a bigint. */
function asSetKey(value: ColumnNumber): ColumnNumber {
  if (typeof value === 'number') return value
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function toColumnNumber(value: FieldValue): ColumnNumber {
  return typeof value === 'bigint' ? value : Number(value)
}

/** The documents of a column any of whose values a test accepts. */
export function matchColumn(column: Column, docCount: number, test: ColumnTest): Uint32Array {
  const bits = new Uint32Array(wordsFor(docCount))
  for (const block of column.blocks) if (block !== undefined) matchBlock(block, test, bits)
  return bits
}

function matchBlock(block: ColumnBlock, test: ColumnTest, bits: Uint32Array): void {
  const { docStart, docCount, present, starts, values } = block
  for (let i = 0; i < docCount; i++) {
    if (present !== undefined && ((present[i >>> 5]! >>> (i & 31)) & 1) === 0) continue
    const from = starts === undefined ? i : starts[i]!
    const to = starts === undefined ? i + 1 : starts[i + 1]!
    for (let v = from; v < to; v++) {
      if (!test.accepts(values[v]!)) continue
      setBit(bits, docStart + i)
      break
    }
  }
}

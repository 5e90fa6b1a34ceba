import { newBitset } from '../../bytes/bitset.ts'
import type { Column, ColumnBlock, Zone } from '../../columns/column.ts'
import type { FieldValue } from '../../fields/field.ts'
import type { Bounds } from '../language/clause.ts'
import { ValueList } from './value-list.ts'

/** A value of a numeric column; booleans are 0 and 1. */
export type ColumnNumber = number | bigint

/** What is looked for in a column. */
export type ColumnTest = {
  /** Whether a document whose values lie in a zone can match. */
  mayAccept(zone: Zone): boolean
  /** Whether every document whose values lie in a zone that may be accepted matches. */
  mustAccept(zone: Zone): boolean
  /** Whether a document matches with `values[from, to)`, of which there is at least one. */
  accepts(values: ArrayLike<ColumnNumber>, from: number, to: number): boolean
}

/** One and the same value lies within bounds. */
export function boundsTest(bounds: Bounds): ColumnTest {
  const { gt, gte, lt, lte } = bounds
  const low = toColumnNumber(gt ?? gte ?? Number.NEGATIVE_INFINITY)
  const high = toColumnNumber(lt ?? lte ?? Number.POSITIVE_INFINITY)
  const [isOpenLow, isOpenHigh] = [gt !== undefined, lt !== undefined]
  const isAbove = (value: ColumnNumber) => (isOpenLow ? value > low : value >= low)
  const isBelow = (value: ColumnNumber) => (isOpenHigh ? value < high : value <= high)
  return {
    mayAccept: ({ min, max }) => isAbove(max) && isBelow(min),
    mustAccept: ({ min, max }) => isAbove(min) && isBelow(max),
    accepts: (values, from, to) => {
      for (let v = from; v < to; v++) {
        const value = values[v]!
        if ((isOpenLow ? value > low : value >= low) && (isOpenHigh ? value < high : value <= high)) return true
      }
      return false
    },
  }
}

/** Any value is one of these. */
export function valuesTest(values: readonly FieldValue[]): ColumnTest {
  const wanted = new ValueList(values.map(toColumnNumber))
  return {
    mayAccept: (zone) => wanted.hasWithin(zone),
    mustAccept: ({ min, max }) => min === max,
    accepts: (found, from, to) => {
      for (let v = from; v < to; v++) if (wanted.indexOf(found[v]!) >= 0) return true
      return false
    },
  }
}

/** The values include all of these, of which there is at least one. */
export function allValuesTest(values: readonly FieldValue[]): ColumnTest {
  const wanted = new ValueList(values.map(toColumnNumber))
  /** Per wanted value the number of the last document that has it, in the order in which documents are looked at. */
  const seen = new Float64Array(wanted.size)
  let documents = 0
  return {
    mayAccept: (zone) => wanted.isWithin(zone),
    mustAccept: () => false,
    accepts: (found, from, to) => {
      if (to - from < wanted.size) return false
      documents++
      let missing = wanted.size
      for (let v = from; v < to && missing > 0; v++) {
        const i = wanted.indexOf(found[v]!)
        if (i < 0 || seen[i] === documents) continue
        seen[i] = documents
        missing--
      }
      return missing === 0
    },
  }
}

function toColumnNumber(value: FieldValue): ColumnNumber {
  return typeof value === 'bigint' ? value : Number(value)
}

/** The documents of a column that a test accepts: one pass over its blocks, those aside that their zones decide. */
export function matchColumn({ blocks, zones }: Column, docCount: number, test: ColumnTest): Uint32Array {
  const bits = newBitset(docCount)
  for (const [b, block] of blocks.entries()) {
    const zone = zones[b]
    if (block === undefined || zone === undefined || !test.mayAccept(zone)) continue
    matchBlock(block, test.mustAccept(zone) ? undefined : test, bits)
  }
  return bits
}

/**
 * Blocks begin at a multiple of 32 documents, so that a word of the set belongs to one block.
 *
 * @param test undefined: all documents that have a value match
 */
function matchBlock(
  { docStart, docCount, present, starts, values }: ColumnBlock,
  test: ColumnTest | undefined,
  bits: Uint32Array,
): void {
  for (let start = 0; start < docCount; start += 32) {
    const end = Math.min(docCount, start + 32)
    const having = present === undefined ? 0xffff_ffff >>> (32 - (end - start)) : present[start >>> 5]!
    let matching = test === undefined ? having : 0
    if (test !== undefined) {
      for (let word = having; word !== 0; word &= word - 1) {
        const bit = 31 - Math.clz32(word & -word)
        const i = start + bit
        const isMatch =
          starts === undefined ? test.accepts(values, i, i + 1) : test.accepts(values, starts[i]!, starts[i + 1]!)
        if (isMatch) matching |= 1 << bit
      }
    }
    bits[(docStart + start) >>> 5] = matching
  }
}

import type { Column, ColumnBlock, Zone } from '../../columns/column.ts'
import type { FieldValue } from '../../fields/field.ts'
import { type ColumnNumber, type Interval, IntervalIndex, type Intervals, toColumnNumber } from './intervals.ts'
import { ValueList } from './value-list.ts'

/** A test of the values of documents in a column. */
export type ColumnTest = {
  /** Whether a document with all its values in `zone` can match. */
  mayAccept(zone: Zone): boolean
  /** Whether every document with all its values in `zone` matches. Called only if `mayAccept` is true. */
  mustAccept(zone: Zone): boolean
  /** Whether a document with the values `values[from, to)`, at least one, matches. */
  accepts(values: ArrayLike<ColumnNumber>, from: number, to: number): boolean
}

/** Matches a document if any of its values is in any of these intervals. */
export function intervalsTest(intervals: Intervals): ColumnTest {
  const index = new IntervalIndex(intervals)
  const [first, ...others] = intervals
  const accepts = first !== undefined && others.length === 0 ? acceptsWithin(first) : undefined
  return {
    mayAccept: (zone) => index.meets(zone),
    mustAccept: (zone) => index.covers(zone),
    accepts:
      accepts ??
      ((values, from, to) => {
        for (let v = from; v < to; v++) if (index.has(values[v]!)) return true
        return false
      }),
  }
}

function acceptsWithin({ low, high, isOpenLow, isOpenHigh }: Interval): ColumnTest['accepts'] {
  return (values, from, to) => {
    for (let v = from; v < to; v++) {
      const value = values[v]!
      if ((isOpenLow ? value > low : value >= low) && (isOpenHigh ? value < high : value <= high)) return true
    }
    return false
  }
}

/** Matches a document if its values include all of `values`, at least one. */
export function allValuesTest(values: readonly FieldValue[]): ColumnTest {
  const wanted = new ValueList(values.map(toColumnNumber))
  /** Per wanted value, the number of the last document with that value; documents are numbered as they are tested. */
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

/**
 * Adds the documents of a column that a test accepts to the empty set `bits`. It tests the values of only those blocks whose
 * zones do not decide the result. A step is a block.
 *
 * @returns `bits`
 */
export function* matchColumn(
  { blocks, zones }: Column,
  bits: Uint32Array,
  test: ColumnTest,
): Generator<void, Uint32Array> {
  for (const [b, block] of blocks.entries()) {
    const zone = zones[b]
    if (block === undefined || zone === undefined || !test.mayAccept(zone)) continue
    matchBlock(block, test.mustAccept(zone) ? undefined : test, bits)
    yield
  }
  return bits
}

/**
 * Every block begins at a multiple of 32 documents, so a word of the set belongs to one block.
 *
 * @param test if undefined, every document with a value matches
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

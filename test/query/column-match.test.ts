import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newBitset } from '../../core/bytes/bitset.ts'
import type { Column, ColumnBlock } from '../../core/columns/column.ts'
import { zoneOf } from '../../core/columns/column-block.ts'
import { ColumnBuilder } from '../../core/columns/column-builder.ts'
import { allValuesTest, type ColumnTest, intervalsTest, matchColumn } from '../../core/query/filter/column-match.ts'
import { intervalOf, intervalsOf, unionOfIntervals } from '../../core/query/filter/intervals.ts'
import { ValueList } from '../../core/query/filter/value-list.ts'
import type { Bounds } from '../../core/query/language/clause.ts'

type Value = number | bigint

const BIG = 2n ** 53n
const value: fc.Arbitrary<Value> = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(0.5, -0, 1e300, Number(BIG)),
)
const bigValue: fc.Arbitrary<Value> = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(BIG, BIG + 1n, -BIG - 1n),
)
const documents = fc.oneof(
  ...[value, bigValue].map((one) => fc.array(fc.array(one, { maxLength: 4 }), { minLength: 1, maxLength: 70 })),
  fc.array(fc.tuple(value), { minLength: 1, maxLength: 70 }),
)
const wanted = fc.array(fc.oneof(value, bigValue), { minLength: 1, maxLength: 5 })

test('the documents within bounds are those with a value within the bounds', () => {
  const side = fc.option(fc.oneof(value, bigValue), { nil: undefined })
  const bounds = fc.record({ low: side, high: side, isOpenLow: fc.boolean(), isOpenHigh: fc.boolean() })
  fc.assert(
    fc.property(documents, bounds, (values, { low, high, isOpenLow, isOpenHigh }) => {
      const asked = {
        ...(low === undefined ? {} : { [isOpenLow ? 'gt' : 'gte']: low }),
        ...(high === undefined ? {} : { [isOpenHigh ? 'lt' : 'lte']: high }),
      }
      expectMatches(values, boundsTest(asked), (own) =>
        own.some((one) => {
          const isAbove = low === undefined || (isOpenLow ? one > low : one >= low)
          return isAbove && (high === undefined || (isOpenHigh ? one < high : one <= high))
        }),
      )
    }),
    { numRuns: 500 },
  )
})

test('the documents of a list are those with any of its values, or with all of them', () => {
  fc.assert(
    fc.property(documents, wanted, (values, list) => {
      const has = (own: readonly Value[], one: Value) => own.some((other) => !(other < one) && !(other > one))
      expectMatches(values, valuesTest(list), (own) => list.some((one) => has(own, one)))
      expectMatches(values, allValuesTest(list), (own) => list.every((one) => has(own, one)))
    }),
    { numRuns: 500 },
  )
})

test('500 values that a document must have are tested in one pass', () => {
  const column = columnOf(Array.from({ length: 4_096 }, (_, doc) => [doc, doc + 1, doc + 2]))
  const list = Array.from({ length: 500 }, (_, i) => i)
  let asked = 0
  const counting: ColumnTest = { ...allValuesTest(list), accepts: () => ++asked < 0 }

  match(column, 4_096, counting)
  expect(asked).toBe(4_096)
  // None of its documents has 500 values.
  expect(countReads(column, allValuesTest(list))).toBe(0)
})

test('values of blocks that zones decide are not tested', () => {
  const column = columnOf(Array.from({ length: 3 * 4_096 }, (_, doc) => [doc]))

  expect(countReads(column, boundsTest({ gte: 4_000, lt: 5_000 }))).toBe(2 * 4_096)
  expect(countReads(column, boundsTest({ gte: 0 }))).toBe(0)
  expect(countReads(column, valuesTest([1, 2, 9_000]))).toBe(2 * 4_096)
})

test('a value of a long list is found in the steps of a binary search', () => {
  let reads = 0
  const asked = { valueOf: () => 65_000 + 0 * reads++ } as unknown as number
  const list = new ValueList(Array.from({ length: 65_536 }, (_, i) => 65_535 - i))

  expect(list.indexOf(asked)).toBe(65_000)
  expect(reads).toBeLessThan(20)
})

function boundsTest(bounds: Bounds): ColumnTest {
  return intervalsTest(unionOfIntervals([intervalOf(bounds)]))
}

function valuesTest(list: readonly Value[]): ColumnTest {
  return intervalsTest(intervalsOf(list))
}

/** The set that the steps of a match return. */
function match(column: Column, docCount: number, asked: ColumnTest): Uint32Array {
  const steps = matchColumn(column, newBitset(docCount), asked)
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

function expectMatches(
  values: readonly (readonly Value[])[],
  asked: ColumnTest,
  matches: (own: readonly Value[]) => boolean,
) {
  const bits = match(columnOf(values), values.length, asked)
  const found = values.flatMap((_, doc) => ((bits[doc >>> 5]! >>> (doc & 31)) & 1 ? [doc] : []))
  expect(found).toEqual(values.flatMap((own, doc) => (matches(own) ? [doc] : [])))
}

function countReads({ blocks, zones }: Column, asked: ColumnTest): number {
  let reads = 0
  const watched = blocks.map((block) => {
    const values = new Proxy(block!.values, {
      get(target, key) {
        reads++
        return Reflect.get(target, key) as unknown
      },
    })
    return { ...block!, values }
  })
  match({ blocks: watched, zones }, 4_096 * blocks.length, asked)
  return reads
}

function columnOf(documents: readonly (readonly Value[])[]): Column {
  const blocks: (ColumnBlock | undefined)[] = []
  const builder = new ColumnBuilder('number', (block) => blocks.push(block))
  for (const [doc, values] of documents.entries()) for (const one of values) builder.add(doc, one)
  builder.finish(documents.length)
  return { blocks, zones: blocks.map((block) => block && zoneOf(block)) }
}

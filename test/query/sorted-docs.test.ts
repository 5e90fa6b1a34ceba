import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Column, ColumnBlock } from '../../core/columns/column.ts'
import { zoneOf } from '../../core/columns/column-block.ts'
import { ColumnBuilder } from '../../core/columns/column-builder.ts'
import { executeSegment } from '../../core/query/score/execute-segment.ts'
import { AllNode } from '../../core/query/score/set-node.ts'
import { compareSortValues } from '../../core/query/score/sort-values.ts'
import { ColumnKey, idKey, SCORE_KEY, type SegmentSortKey } from '../../core/query/sort/segment-sort-key.ts'
import { SortedDocs } from '../../core/query/sort/sorted-docs.ts'

type Value = number | bigint

const BIG = 2n ** 53n
const value: fc.Arbitrary<Value> = fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom(0.5, -1e300, 1e300))
const integer: fc.Arbitrary<Value> = fc.oneof(
  fc.integer({ min: -2, max: 2 }),
  fc.constantFrom(BIG, BIG + 1n, BIG + 2n, -BIG - 1n, -BIG - 2n, 2n ** 63n - 1n, -(2n ** 63n), 2 ** 40),
)
const documents = fc.oneof(
  ...[value, integer].map((one) => fc.array(fc.array(one, { maxLength: 3 }), { minLength: 1, maxLength: 40 })),
)
type Asked = { readonly kind: 'score' | 'id' | 'column'; readonly descending: boolean }
const order = fc.array(
  fc.record({ kind: fc.constantFrom<Asked['kind']>('score', 'id', 'column'), descending: fc.boolean() }),
  {
    minLength: 1,
    maxLength: 4,
  },
)

test('the kept documents are the first of all sorted documents', () => {
  fc.assert(
    fc.property(documents, order, fc.nat(12), (values, asked, capacity) => {
      const column = columnOf(values)
      const scoreOf = (doc: number) => (doc * 7) % 3
      const keys = asked.map(({ kind, descending }) => keyOf(kind, descending, column))
      const collector = new SortedDocs(capacity, keys)
      for (let doc = 0; doc < values.length; doc++) collector.collect(doc, scoreOf(doc))

      const all = values.map((_, doc) => ({ doc, values: keys.map((key) => key.valueOf(doc, scoreOf(doc))) }))
      all.sort((a, b) => {
        for (const [k, { kind, descending }] of asked.entries()) {
          const compared = compareSortValues(a.values[k], b.values[k], kind === 'score' || descending)
          if (compared !== 0) return compared
        }
        return a.doc - b.doc
      })
      const found = collector.ranked().map((one) => ({ doc: one.doc, values: one.values }))
      expect(found).toEqual(all.slice(0, capacity))
    }),
    { numRuns: 1_000 },
  )
})

test.each([false, true])(
  'windows whose zones are after the last kept document are not evaluated, descending %s',
  (descending) => {
    const docCount = 40 * 4_096
    // The first blocks hold the first documents.
    const column = columnOf(Array.from({ length: docCount }, (_, doc) => [descending ? -doc : doc]))
    const run = (countMax: number) => {
      let collected = 0
      const collector = new SortedDocs(10, [keyOfColumn(column, descending), SCORE_KEY])
      const collect = collector.collect.bind(collector)
      collector.collect = (doc, score) => {
        collected++
        collect(doc, score)
      }
      const steps = executeSegment({
        root: new AllNode(docCount, 1),
        leafCount: 1,
        docCount,
        accepted: undefined,
        collector,
        countMax,
      })
      while (steps.next().done !== true);
      expect(collector.ranked().map(({ doc }) => doc)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      return collected
    }

    expect(run(0)).toBe(4_096)
  },
)

test('a later document with an equal value of a single key is never kept', () => {
  const docCount = 8 * 4_096
  const collector = new SortedDocs(5, [keyOfColumn(columnOf(Array.from({ length: docCount }, () => [1])), false)])
  for (let doc = 0; doc < 5; doc++) collector.collect(doc, 1)

  expect(collector.skipsWindow(2_048, 4_096)).toBe(true)
  const two = new SortedDocs(5, [keyOfColumn(columnOf(Array.from({ length: docCount }, () => [1])), false), SCORE_KEY])
  for (let doc = 0; doc < 5; doc++) two.collect(doc, 1)
  expect(two.skipsWindow(2_048, 4_096)).toBe(false)
})

test('sort values are computed only for kept documents, and later keys only if earlier keys are equal', () => {
  let [made, second] = [0, 0]
  const first: SegmentSortKey = {
    ...idKey(false),
    valueOf: (doc) => {
      made++
      return doc
    },
  }
  const counted: SegmentSortKey = {
    ...SCORE_KEY,
    write: (doc, score, into, at) => {
      second++
      SCORE_KEY.write(doc, score, into, at)
    },
  }
  const collector = new SortedDocs(10, [first, counted])
  for (let doc = 0; doc < 10_000; doc++) collector.collect(doc, 1)

  expect(collector.ranked()).toHaveLength(10)
  expect([made, second]).toEqual([10, 10])
})

function keyOf(kind: Asked['kind'], descending: boolean, column: Column): SegmentSortKey {
  if (kind === 'score') return SCORE_KEY
  return kind === 'id' ? idKey(descending) : keyOfColumn(column, descending)
}

function columnOf(values: readonly (readonly Value[])[]): Column {
  const blocks: (ColumnBlock | undefined)[] = []
  const builder = new ColumnBuilder('number', (block) => blocks.push(block))
  for (const [doc, own] of values.entries()) for (const one of own) builder.add(doc, one)
  builder.finish(values.length)
  return { blocks, zones: blocks.map((block) => block && zoneOf(block)) }
}

function keyOfColumn(column: Column, descending: boolean): ColumnKey {
  const key = new ColumnKey(column.zones, descending)
  key.add(column)
  return key
}

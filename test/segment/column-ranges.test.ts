import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FieldRange, findRange, RANGE_TEXT_BYTES_MAX, RANGES_MAX } from '../../core/fields/field-ranges.ts'
import { type SegmentTest, segmentTest } from '../../core/query/filter/segment-match.ts'
import { simplifyFilter } from '../../core/query/filter/simplify-filter.ts'
import { compareValues } from '../../core/query/language/bounds.ts'
import type { Filter } from '../../core/query/language/clause.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'
import type { Schema } from '../../core/schema/schema.ts'
import { carryOut } from '../../core/segment/format/read-plan.ts'
import { readRanges } from '../../core/segment/read/read-ranges.ts'
import { buildSegment, type IndexableDocument } from '../../core/segment/write/build-segment.ts'
import { compareUtf8, encodeUtf8 } from '../../core/utf8.ts'
import { documents, FIELDS, loadAnalyzers, open } from './generate-documents.ts'

const analyzers = await loadAnalyzers()
const RANGED = FIELDS.filter(({ type, column }) => type === 'keyword' || (type !== 'text' && column))

test('a segment lists the smallest and largest value of every column, and a reader computes the same', async () => {
  await fc.assert(
    fc.asyncProperty(documents, async (list) => {
      const { file, reader, store } = await open(list, analyzers)

      expect(await carryOut(store, readRanges(reader))).toEqual(file.ranges)
      const expected = RANGED.filter(({ number }) => valuesOf(list, number).length > 0)
      expect(file.ranges.map(({ field }) => field)).toEqual(expected.map(({ number }) => number))
      for (const range of file.ranges) {
        const values = valuesOf(list, range.field)
        const texts = values.filter((value) => typeof value === 'string').sort(compareUtf8)
        if (texts.length > 0) expectEnds(range, texts[0]!, texts.at(-1)!)
        else {
          const ascending = values
            .sort(compareValues)
            .map((value) => (value === false ? 0 : value === true ? 1 : value))
          expect(compareValues(range.min, ascending[0]!)).toBe(0)
          expect(compareValues(range.max, ascending.at(-1)!)).toBe(0)
        }
      }
    }),
    { numRuns: 50 },
  )
})

/** Ends of keyword ranges are cut between characters. */
function expectEnds({ min, max, isMaxCut }: FieldRange, least: string, greatest: string): void {
  for (const [end, value] of [
    [min, least],
    [max, greatest],
  ] as const) {
    expect(value.startsWith(String(end))).toBe(true)
    const left = Array.from(value.slice(String(end).length))[0] ?? ''
    expect(Buffer.byteLength(String(end))).toBeLessThanOrEqual(RANGE_TEXT_BYTES_MAX)
    if (left !== '') expect(Buffer.byteLength(end + left)).toBeGreaterThan(RANGE_TEXT_BYTES_MAX)
  }
  expect(isMaxCut).toBe(max !== greatest)
}

test('fields beyond those that a manifest lists ranges of may hold anything', () => {
  const count = RANGES_MAX + 8
  const schema = parseSchema({
    fields: Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, 'integer'])),
  })
  const built = (last: number) => {
    const fields = schema.fields.slice(1, last + 1).map((field) => ({ field, values: [field.number] }))
    const document = { id: 'a', json: encodeUtf8('{"id":"a"}'), fields }
    return buildSegment({ schema, name: '1-a', documents: [document], analyzers }).file
  }
  const test = (field: number, value: number) => rangesTest({ kind: 'in', field, values: [value] }, schema)

  const full = built(count - 1)
  expect(full.ranges).toHaveLength(RANGES_MAX)
  expect(findRange(full.ranges, schema.fields[0]!)).toBe('no_values')
  expect(findRange(full.ranges, schema.fields[count - 1]!)).toBe('unknown')
  expect([test(0, 0), test(1, 1), test(1, 2), test(count - 1, 7)].map((accepts) => accepts(full))).toEqual([
    false,
    true,
    false,
    true,
  ])
  const short = built(5)
  expect(findRange(short.ranges, schema.fields[6]!)).toBe('no_values')
  expect(test(6, 6)(short)).toBe(false)
})

test('a largest keyword that was cut rules out no keyword that it begins, a whole one does', () => {
  const schema = parseSchema({ fields: { tag: 'keyword' } })
  const [field] = schema.fields
  const segmentOf = (...values: string[]) => {
    const document = { id: 'a', json: encodeUtf8('{}'), fields: [{ field: field!, values }] }
    return buildSegment({ schema, name: '1-a', documents: [document], analyzers }).file
  }
  const cut = segmentOf('b', 'sixteen bytes or more')
  const whole = segmentOf('b', 'sixteen bytes or')
  expect([cut, whole].map(({ ranges }) => ranges[0])).toMatchObject([
    { min: 'b', max: 'sixteen bytes or', isMaxCut: true },
    { min: 'b', max: 'sixteen bytes or', isMaxCut: false },
  ])

  const filters = [
    [{ kind: 'in', field: 0, values: ['sixteen bytes or more'] }, true, false],
    [{ kind: 'contains_all', field: 0, values: ['b', 'sixteen bytes or more'] }, true, false],
    [{ kind: 'range', field: 0, bounds: { gt: 'sixteen bytes or' } }, true, false],
    [{ kind: 'range', field: 0, bounds: { gte: 'sixteen bytes or' } }, true, true],
    [{ kind: 'range', field: 0, bounds: { gte: 'sixteen bytes or m' } }, true, false],
    [{ kind: 'range', field: 0, bounds: { gte: 'sixteen bytes os' } }, false, false],
    [{ kind: 'range', field: 0, bounds: { lt: 'b' } }, false, false],
    [{ kind: 'range', field: 0, bounds: { lte: 'b' } }, true, true],
    [{ kind: 'prefix', field: 0, prefix: 'sixteen bytes or m' }, true, false],
    [{ kind: 'prefix', field: 0, prefix: 'sixteen bytes os' }, false, false],
    [{ kind: 'prefix', field: 0, prefix: 'sixteen' }, true, true],
  ] as const
  for (const [filter, ofCut, ofWhole] of filters) {
    const accepts = rangesTest(filter, schema)
    expect([accepts(cut), accepts(whole)], JSON.stringify(filter)).toEqual([ofCut, ofWhole])
  }
})

test('a field with values that its column lacks has no known range', () => {
  const schema = parseSchema({
    fields: { title: { type: 'text', column: true }, n: { type: 'integer', column: false } },
  })
  const fields = [
    { field: schema.fields[0]!, values: ['long '.repeat(100)] },
    { field: schema.fields[1]!, values: [5] },
  ]
  const { file } = buildSegment({
    schema,
    name: '1-a',
    documents: [{ id: 'a', json: encodeUtf8('{}'), fields }],
    analyzers,
  })

  expect(file.ranges).toEqual([])
  for (const { number } of schema.fields) expect(rangesTest({ kind: 'exists', field: number }, schema)(file)).toBe(true)
})

function rangesTest(filter: Filter, schema: Schema): SegmentTest {
  return segmentTest(simplifyFilter(filter, schema), schema)
}

function valuesOf(list: readonly IndexableDocument[], number: number) {
  return list.flatMap(({ fields }) =>
    fields.filter(({ field }) => field.number === number).flatMap(({ values }) => values),
  )
}

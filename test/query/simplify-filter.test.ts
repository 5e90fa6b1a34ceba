import fc from 'fast-check'
import { expect, test } from 'vitest'
import { filterSet } from '../../core/query/filter/document-set.ts'
import { type SimpleFilter, simplifyFilter } from '../../core/query/filter/simplify-filter.ts'
import type { Bounds, Filter } from '../../core/query/language/clause.ts'
import { carryOut } from '../../core/segment/format/read-plan.ts'
import { openSegment, segmentKey } from '../../core/segment/read/open-segment.ts'
import type { IndexableDocument } from '../../core/segment/write/build-segment.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { compareUtf8, encodeUtf8 } from '../../core/utf8.ts'
import { build, FIELDS, loadAnalyzers, SCHEMA } from '../segment/generate-documents.ts'

const analyzers = await loadAnalyzers()
const [KIND, TAG, YEAR] = [2, 3, 4] as const
const DOCUMENTS = 150

type Values = { readonly kind: readonly string[]; readonly tag: readonly string[]; readonly year: readonly number[] }

/** Few distinct values, none or several per document, so that conditions overlap. */
const VALUES = Array.from({ length: DOCUMENTS }, (_, i): Values => {
  const list = (count: number, step: number) => Array.from({ length: count }, (_, j) => (i * step + j * 5) % 12)
  return {
    kind: list(i % 2, 7).map((n) => 'abcdefghijkl'.slice(n % 4, 4 + (n % 3))),
    tag: list(i % 4, 5).map((n) => ['', 'a', 'ab', 'abc', 'b', 'é', '\uffee', '😀', '😀a'][n % 9]!),
    year: list(i % 3, 1),
  }
})

const word = fc.constantFrom('', 'a', 'ab', 'abc', 'abcd', 'b', 'c', 'é', '\uffee', '😀', 'zz')
const number = fc.integer({ min: -1, max: 12 })
const side = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined })
const boundsOf = <T extends string | number>(one: fc.Arbitrary<T>): fc.Arbitrary<Bounds> =>
  fc.record({ low: side(one), high: side(one), open: fc.boolean() }).map(({ low, high, open }) => ({
    ...(low === undefined ? {} : { [open ? 'gt' : 'gte']: low }),
    ...(high === undefined ? {} : { [open ? 'lte' : 'lt']: high }),
  }))
const condition: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ kind: fc.constant('range' as const), field: fc.constant(YEAR), bounds: boundsOf(number) }),
  fc.record({ kind: fc.constant('in' as const), field: fc.constant(YEAR), values: fc.array(number, { maxLength: 4 }) }),
  ...[KIND, TAG].flatMap((field): fc.Arbitrary<Filter>[] => [
    fc.record({ kind: fc.constant('range' as const), field: fc.constant(field), bounds: boundsOf(word) }),
    fc.record({ kind: fc.constant('prefix' as const), field: fc.constant(field), prefix: word }),
    fc.record({
      kind: fc.constant('in' as const),
      field: fc.constant(field),
      values: fc.array(word, { maxLength: 4 }),
    }),
    fc.record({
      kind: fc.constant('contains_all' as const),
      field: fc.constant(field),
      values: fc.array(word, { maxLength: 2 }),
    }),
  ]),
  fc.record({ kind: fc.constant('exists' as const), field: fc.constantFrom(KIND, TAG, YEAR) }),
  fc.record({
    kind: fc.constant('ids' as const),
    ids: fc.array(fc.integer({ min: 0, max: DOCUMENTS }).map(idOf), { maxLength: 3 }),
  }),
)
const filter: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4, depthSize: 'medium' },
    condition,
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      filters: fc.array(tie('filter'), { maxLength: 5 }),
    }),
    fc.record({ kind: fc.constant('not' as const), filter: tie('filter') }),
  ),
})).filter

test('a simplified filter accepts the documents that the filter accepts', async () => {
  const documents = VALUES.map(({ kind, tag, year }, i): IndexableDocument => {
    const fields = [
      ...(kind.length > 0 ? [{ field: FIELDS[KIND]!, values: kind }] : []),
      ...(tag.length > 0 ? [{ field: FIELDS[TAG]!, values: tag }] : []),
      ...(year.length > 0 ? [{ field: FIELDS[YEAR]!, values: year }] : []),
    ]
    return { id: idOf(i), json: encodeUtf8('{}'), fields }
  })
  const { bytes, file } = build(documents, analyzers)
  const store = new MemoryObjectStore(systemClock)
  await store.put(segmentKey('p/', file), bytes)
  const io = { reader: await openSegment(store, 'p/', file), schema: SCHEMA }

  await fc.assert(
    fc.asyncProperty(filter, async (asked) => {
      const set = await carryOut(store, filterSet(io, simplifyFilter(asked, SCHEMA)))
      const found = VALUES.flatMap((_, i) => ((set[i >>> 5]! >>> (i & 31)) & 1 ? [i] : []))
      expect(found).toEqual([...VALUES.keys()].filter((i) => accepts(asked, i)))
    }),
    { seed: 55, numRuns: 1_000 },
  )
})

test('alternatives of one field become one condition at any depth', () => {
  const ranges = Array.from({ length: 500 }, (_, i): Filter => range(YEAR, { gte: 2 * i, lt: 2 * i + 3 }))
  const prefixes = Array.from({ length: 500 }, (_, i): Filter => ({ kind: 'prefix', field: TAG, prefix: `t${i}` }))
  const nested: Filter = { kind: 'or', filters: [{ kind: 'or', filters: ranges }, ...prefixes] }
  const values: Filter = { kind: 'in', field: TAG, values: ['a'] }

  expect(simplifyFilter({ kind: 'or', filters: [nested, values] }, SCHEMA)).toMatchObject({
    kind: 'or',
    parts: [
      { kind: 'numbers', field: YEAR, intervals: [{ low: 0, high: 1001, isOpenHigh: true }] },
      { kind: 'keywords', field: TAG, values: ['a'], ranges: { length: 500 } },
    ],
  })
  const denied: Filter[] = [nested, values].map((one) => ({ kind: 'not', filter: one }))
  expect(simplifyFilter({ kind: 'and', filters: denied }, SCHEMA)).toMatchObject({
    kind: 'not',
    part: { kind: 'or', parts: { length: 2 } },
  })
})

test('of ranges that must all hold, only those remain that contain no other', () => {
  const filters = Array.from({ length: 300 }, (_, i) => range(YEAR, i % 2 === 0 ? { gt: i } : { lte: 900 - i }))

  expect(simplifyFilter({ kind: 'and', filters }, SCHEMA)).toEqual({
    kind: 'and',
    parts: [
      { kind: 'numbers', field: YEAR, intervals: [interval({ low: 298, isOpenLow: true })] },
      { kind: 'numbers', field: YEAR, intervals: [interval({ high: 601 })] },
    ],
  } satisfies SimpleFilter)
})

function interval(ends: object) {
  return { low: Number.NEGATIVE_INFINITY, isOpenLow: false, high: Number.POSITIVE_INFINITY, isOpenHigh: false, ...ends }
}

function range(field: number, bounds: Bounds): Filter {
  return { kind: 'range', field, bounds }
}

function accepts(asked: Filter, i: number): boolean {
  const values = (field: number): readonly (string | number)[] =>
    field === KIND ? VALUES[i]!.kind : field === TAG ? VALUES[i]!.tag : VALUES[i]!.year
  switch (asked.kind) {
    case 'and':
      return asked.filters.every((part) => accepts(part, i))
    case 'or':
      return asked.filters.some((part) => accepts(part, i))
    case 'not':
      return !accepts(asked.filter, i)
    case 'in':
      return values(asked.field).some((value) => asked.values.includes(value))
    case 'contains_all':
      return asked.values.every((value) => values(asked.field).includes(value as string))
    case 'range':
      return values(asked.field).some((value) => isWithin(asked.bounds, value))
    case 'prefix':
      return values(asked.field).some((value) => String(value).startsWith(asked.prefix))
    case 'exists':
      return values(asked.field).length > 0
    case 'ids':
      return asked.ids.includes(idOf(i))
  }
}

function isWithin({ gt, gte, lt, lte }: Bounds, value: string | number): boolean {
  const order = (other: unknown) =>
    typeof value === 'string' ? compareUtf8(value, String(other)) : value - Number(other)
  return (
    (gt === undefined || order(gt) > 0) &&
    (gte === undefined || order(gte) >= 0) &&
    (lt === undefined || order(lt) < 0) &&
    (lte === undefined || order(lte) <= 0)
  )
}

function idOf(i: number): string {
  return `doc-${String(i).padStart(4, '0')}`
}

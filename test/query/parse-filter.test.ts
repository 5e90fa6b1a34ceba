import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FILTER_DEPTH_MAX } from '../../core/contract/limits.ts'
import { InvalidRequestError, LimitExceededError } from '../../core/errors.ts'
import { filterAllowance } from '../../core/query/filter/filter-place.ts'
import { parseFilter } from '../../core/query/filter/parse-filter.ts'
import type { Filter } from '../../core/query/language/clause.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'

const schema = parseSchema({
  fields: {
    year: 'integer',
    kind: 'keyword',
    draft: 'boolean',
    at: 'date',
    title: 'text',
    name: { type: 'text', column: true },
    'author.name': 'keyword',
    'author.born': 'integer',
    not: 'integer',
    hidden: { type: 'keyword', index: false },
    lone: { type: 'float', column: false },
    code: { type: 'keyword', column: false, normalizer: 'lowercase' },
  },
})
const number = (name: string) => schema.fields.find((field) => field.name === name)!.number
const parse = (filter: unknown) => parseFilter(filter, schema)

const isIn = (name: string, ...values: (string | number | boolean)[]): Filter => ({
  kind: 'in',
  field: number(name),
  values,
})
const not = (filter: Filter): Filter => ({ kind: 'not', filter })
const all = (...filters: Filter[]): Filter => ({ kind: 'and', filters })
const any = (...filters: Filter[]): Filter => ({ kind: 'or', filters })
const exists = (name: string): Filter => ({ kind: 'exists', field: number(name) })
const range = (name: string, bounds: object): Filter => ({ kind: 'range', field: number(name), bounds })

test('the example of the contract', () => {
  const filter = { year: { gte: 1950, lt: 1960 }, kind: { in: ['a', 'b'] }, not: { draft: true } }

  expect(parse(filter)).toEqual(
    all(range('year', { gte: 1950, lt: 1960 }), isIn('kind', 'a', 'b'), not(isIn('draft', true))),
  )
})

test.each<[unknown, Filter]>([
  [{}, all()],
  [{ kind: 'a' }, isIn('kind', 'a')],
  [{ kind: ['a', 'b'] }, isIn('kind', 'a', 'b')],
  [{ kind: [] }, any()],
  [{ kind: null }, not(exists('kind'))],
  [{ kind: { eq: null } }, not(exists('kind'))],
  [{ kind: { ne: null } }, not(not(exists('kind')))],
  [{ kind: ['a', null] }, any(isIn('kind', 'a'), not(exists('kind')))],
  [{ kind: { ne: 'a' } }, not(isIn('kind', 'a'))],
  [{ kind: { nin: ['a'] } }, not(isIn('kind', 'a'))],
  [{ kind: { exists: false } }, not(exists('kind'))],
  [{ kind: { prefix: 'ab' } }, { kind: 'prefix', field: number('kind'), prefix: 'ab' }],
  [{ code: { prefix: 'AB' } }, { kind: 'prefix', field: number('code'), prefix: 'ab' }],
  [{ kind: { contains_all: ['a', 'b'] } }, { kind: 'contains_all', field: number('kind'), values: ['a', 'b'] }],
  [{ kind: { contains_all: [] } }, all()],
  [{ year: { between: [1950, 1960] } }, range('year', { gte: 1950, lte: 1960 })],
  [{ year: { gt: 1, gte: 2, lt: 9, lte: 9 } }, range('year', { gte: 2, lt: 9 })],
  [{ year: { gt: 2, gte: 2 } }, range('year', { gt: 2 })],
  [{ year: { gt: 5, lt: 5 } }, any()],
  [{ year: { gte: 1950, ne: 1955 } }, all(not(isIn('year', 1955)), range('year', { gte: 1950 }))],
  [{ year: '1950' }, isIn('year', 1950)],
  [{ draft: 'true' }, isIn('draft', true)],
  [{ at: '2024-01-01' }, isIn('at', Date.UTC(2024))],
  [{ at: { gte: 86_400_000 } }, range('at', { gte: 86_400_000 })],
  [{ name: 'Ann' }, isIn('name', 'Ann')],
  [{ title: { exists: true } }, exists('title')],
  [
    { author: { name: 'Ann', born: { gt: 1900 } } },
    all(isIn('author.name', 'Ann'), range('author.born', { gt: 1900 })),
  ],
  [{ 'author.name': 'Ann' }, isIn('author.name', 'Ann')],
  [{ author: null }, not(any(exists('author.name'), exists('author.born')))],
  [{ author: { exists: true } }, any(exists('author.name'), exists('author.born'))],
  [{ field: 'not', eq: 1 }, isIn('not', 1)],
  [{ field: 'not', gte: 1, lt: 3 }, range('not', { gte: 1, lt: 3 })],
  [
    { or: [{ kind: 'a' }, { and: [{ year: 1 }, { not: { year: 2 } }] }] },
    any(isIn('kind', 'a'), all(isIn('year', 1), not(isIn('year', 2)))),
  ],
  [{ or: [] }, any()],
  [{ id: 'x' }, { kind: 'ids', ids: ['x'] }],
  [{ id: { nin: ['x', 'y'] } }, not({ kind: 'ids', ids: ['x', 'y'] })],
  [{ id: null }, any()],
])('%j', (filter, expected) => {
  expect(parse(filter)).toEqual(expected)
})

test.each([
  [{ title: 'x' }, 'field_not_filterable', 'filter.title: field "title" is text without a keyword column'],
  [{ lone: { gt: 1 } }, 'field_not_filterable', 'has no column'],
  [{ hidden: 'x' }, 'field_not_indexed', 'only stored'],
  [{ yaer: 1 }, 'field_not_found', 'did you mean "year"?'],
  [{ name2: 1 }, 'field_not_found', 'filter.name2'],
  [{ author: { nmae: 1 } }, 'field_not_found', 'did you mean "author.name"?'],
  [{ author: 'Ann' }, 'invalid_filter', 'is an object, expected a field in it, such as "author.name"'],
  [{ year: 'abc' }, 'invalid_filter', 'expected a number for field "year" of type integer, found the string "abc"'],
  [{ year: { gte: [1] } }, 'invalid_filter', 'filter.year.gte'],
  [{ year: { gte: null } }, 'invalid_filter', 'found null'],
  [{ year: { $gte: 1 } }, 'invalid_filter', 'did you mean "gte"?'],
  [{ year: {} }, 'invalid_filter', 'expected an operator'],
  [{ year: { in: 1 } }, 'invalid_filter', 'expected a list'],
  [{ year: { between: [1] } }, 'invalid_filter', 'expected a list of two values, found 1'],
  [{ year: { between: [1, 2, 3] } }, 'invalid_filter', 'expected a list of two values, found 3'],
  [{ year: { prefix: '19' } }, 'invalid_filter', 'keyword column'],
  [{ kind: 5 }, 'invalid_filter', 'expected a string'],
  [{ kind: { exists: 1 } }, 'invalid_filter', 'true or false'],
  [{ and: { kind: 'a' } }, 'invalid_filter', 'expected a list of filters'],
  [{ and: ['a'] }, 'invalid_filter', 'filter.and[0]: expected an object'],
  [{ not: ['a'] }, 'invalid_filter', 'expected an object, found a list'],
  [{ kind: { within: {} } }, 'not_supported', 'geo'],
  [{ author: { any: { name: 'a' } } }, 'not_supported', 'filter.author: "any" (elements of lists of objects)'],
  [{ place: { within: {} } }, 'not_supported', 'filter.place: "within" (geo filters)'],
  [{ author: { place: { box: {} } } }, 'not_supported', 'filter.author.place: "box"'],
  [{ id: { gt: 'a' } }, 'invalid_filter', 'eq, ne, in and nin'],
  [{ id: 5.5 }, 'invalid_filter', 'expected an id to be a string or an integer'],
  [{ id: [2 ** 53] }, 'invalid_filter', 'found the number 9007199254740992'],
  ['kind', 'invalid_filter', 'expected an object'],
  [null, 'invalid_filter', 'found null'],
])('%j is refused as %s', (filter, code, message) => {
  expect(() => parse(filter)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }))
})

test('limits are refused by name', () => {
  const nested = (depth: number): unknown => (depth === 0 ? { kind: 'a' } : { not: nested(depth - 1) })
  const wide = { or: Array.from({ length: 2_000 }, (_, i) => ({ year: i })) }

  expect(() => parse(nested(FILTER_DEPTH_MAX))).not.toThrow()
  expect(() => parse(nested(90))).toThrow(expect.objectContaining({ code: 'filter_too_deep' }))
  expect(() => parse(wide)).toThrow(expect.objectContaining({ code: 'filter_too_large' }))
  expect(() => parse({ year: { in: Array.from({ length: 70_000 }, (_, i) => i) } })).toThrow(LimitExceededError)
  expect(() => parse({ year: { in: Array.from({ length: 10_000 }, (_, i) => i) } })).not.toThrow()
})

test.each([
  ['conditions of a list', (count: number) => ({ or: Array.from({ length: count }, (_, i) => ({ year: i })) })],
  [
    'conditions of one object each',
    (count: number) => ({ and: Array.from({ length: count }, () => ({ not: { year: 1 } })) }),
  ],
  ['empty objects', (count: number) => ({ and: Array.from({ length: count }, () => ({})) })],
  ['empty lists', (count: number) => ({ and: Array.from({ length: count }, () => ({ or: [] })) })],
  ['empty objects of fields', (count: number) => ({ and: Array.from({ length: count }, () => ({ author: {} })) })],
])('1,024 %s are accepted, and no more', (_, filter) => {
  expect(() => parse(filter(1_024))).not.toThrow()
  expect(() => parse(filter(1_025))).toThrow(expect.objectContaining({ code: 'filter_too_large' }))
})

test('a condition that is in a list twice is evaluated once', () => {
  const prefix: Filter = { kind: 'prefix', field: number('kind'), prefix: 'ab' }
  const repeated = Array.from({ length: 500 }, () => ({ kind: { prefix: 'ab' } }))

  expect(parse({ or: [...repeated, { kind: 'a' }, { kind: 'a' }] })).toEqual(any(prefix, isIn('kind', 'a')))
  expect(parse({ and: [{ year: '9007199254740993' }, { year: '9007199254740993' }] })).toMatchObject({
    filters: { length: 1 },
  })
})

test('filters of one request share one allowance', () => {
  const left = filterAllowance()
  const filter = { or: Array.from({ length: 600 }, (_, i) => ({ year: i })) }

  parseFilter(filter, schema, left)
  expect(() => parseFilter(filter, schema, left)).toThrow(expect.objectContaining({ code: 'filter_too_large' }))
})

test('any JSON is a filter or refused', () => {
  const member = fc.constantFrom(
    'year',
    'kind',
    'author',
    'name',
    'born',
    'and',
    'or',
    'not',
    'field',
    'eq',
    'in',
    'gte',
    'id',
    'exists',
  )
  const { json } = fc.letrec((tie) => ({
    json: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(null, true, 1, 1950.5, 'a', '1950', '2024-01-01', 'not'),
      fc.array(tie('json'), { maxLength: 3 }),
      fc.dictionary(member, tie('json'), { maxKeys: 3 }),
    ),
  }))
  fc.assert(
    fc.property(json, (filter) => {
      try {
        parse(filter)
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidRequestError)
      }
    }),
    { numRuns: 2_000 },
  )
})

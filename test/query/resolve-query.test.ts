import { beforeAll, expect, test } from 'vitest'
import { AnalyzerPool } from '../../core/analysis/analyzer-pool.ts'
import type { MatchQuery } from '../../core/contract/search-request.ts'
import type { Clause } from '../../core/query/language/clause.ts'
import { type QuerySetting, resolveQuery } from '../../core/query/language/resolve-query.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'

const schema = parseSchema({
  fields: {
    title: 'text',
    body: { type: 'text', column: true },
    de: { type: 'text', language: 'german' },
    bare: { type: 'text', stop_words: 'index' },
    tags: 'keyword',
    code: { type: 'keyword', normalizer: 'lowercase' },
    year: 'integer',
    draft: 'boolean',
    at: 'date',
    raw: 'json',
    lone: { type: 'float', column: false },
  },
  default_fields: ['title^2', 'body'],
})
const [TITLE, BODY, DE, BARE, TAGS, CODE, YEAR, DRAFT, AT] = schema.fields.map((field) => field.number) as number[]
const analyzers = new AnalyzerPool()

beforeAll(() => analyzers.load(['english', 'german']))

const resolve = (query: string | MatchQuery, request: QuerySetting['request'] = {}) => {
  return resolveQuery(query, { schema, request, analyzers })
}
const clauseOf = (query: string | MatchQuery, request?: QuerySetting['request']) => resolve(query, request).clause

const term = (field: number | undefined, text: string, boost = 1): Clause => ({
  kind: 'term',
  field: field!,
  term: text,
  boost,
})
const sum = (...clauses: Clause[]): Clause => ({ kind: 'fields', mode: 'sum', clauses, boost: 1 })
const wide = (text: string): Clause => sum(term(TITLE, text, 2), term(BODY, text))
const bool = (parts: [occur: 'must' | 'should' | 'must_not', clause: Clause][]): Clause => {
  return { kind: 'bool', parts: parts.map(([occur, clause]) => ({ occur, clause })), boost: 1 }
}
const ALL: Clause = { kind: 'all', boost: 0 }

test('a word searches the default fields with their boosts', () => {
  expect(clauseOf('Heating')).toEqual(wide('heat'))
  expect(clauseOf('heat', { field_mode: 'best' })).toEqual({ ...wide('heat'), mode: 'best' })
  expect(clauseOf('heat', { fields: ['body^3'] })).toEqual(term(BODY, 'heat', 3))
})

test('a sequence matches any of its words, or all of them, and a repeated word counts twice', () => {
  expect(clauseOf('heat heat')).toEqual({ ...wide('heat'), boost: 2 })
  expect(clauseOf('heat wing', { operator: 'and' })).toEqual(
    bool([
      ['must', wide('heat')],
      ['must', wide('wing')],
    ]),
  )
  expect(clauseOf('heat OR wing', { operator: 'and' })).toEqual(
    bool([
      ['should', wide('heat')],
      ['should', wide('wing')],
    ]),
  )
})

test('signs and operators decide what must and must not match', () => {
  expect(clauseOf('+heat wing -flow')).toEqual(
    bool([
      ['must', wide('heat')],
      ['should', wide('wing')],
      ['must_not', wide('flow')],
    ]),
  )
  expect(clauseOf('heat AND NOT flow')).toEqual(
    bool([
      ['must', wide('heat')],
      ['must_not', wide('flow')],
    ]),
  )
  expect(clauseOf('heat OR NOT flow')).toEqual(
    bool([
      ['should', wide('heat')],
      [
        'should',
        bool([
          ['must', ALL],
          ['must_not', wide('flow')],
        ]),
      ],
    ]),
  )
})

test('a query of negatives matches every other document with score 0', () => {
  expect(clauseOf('-heat NOT wing')).toEqual(
    bool([
      ['must', ALL],
      ['must_not', wide('heat')],
      ['must_not', wide('wing')],
    ]),
  )
})

test('boosts multiply', () => {
  expect(clauseOf('title:heat^3')).toEqual(term(TITLE, 'heat', 3))
  expect(clauseOf('(heat^2)^3')).toEqual({ ...wide('heat'), boost: 6 })
})

test('stop words are dropped if another word remains', () => {
  expect(clauseOf('the heat')).toEqual(wide('heat'))
  expect(clauseOf('the')).toEqual(wide('the'))
  expect(clauseOf('to be')).toEqual(
    bool([
      ['should', wide('to')],
      ['should', wide('be')],
    ]),
  )
  expect(clauseOf('the -heat')).toEqual(
    bool([
      ['should', wide('the')],
      ['must_not', wide('heat')],
    ]),
  )
  expect(clauseOf('the AND heat')).toEqual(wide('heat'))
  expect(clauseOf('the "of"')).toEqual(wide('of'))
})

test('stop words of one language are words of another', () => {
  const fields = ['title', 'de']

  expect(clauseOf('die hard', { fields })).toEqual(
    bool([
      ['should', term(TITLE, 'die')],
      ['should', sum(term(TITLE, 'hard'), term(DE, 'hard'))],
    ]),
  )
  expect(clauseOf({ match: 'die hard' }, { fields })).toEqual(clauseOf('die hard', { fields }))
  expect(clauseOf('die', { fields })).toEqual(sum(term(TITLE, 'die'), term(DE, 'die')))
})

test('stop words that are not indexed are never searched', () => {
  expect(clauseOf('the', { fields: ['bare'] })).toEqual({ kind: 'none' })
  expect(clauseOf('the -heat', { fields: ['bare'] })).toEqual({ kind: 'none' })
  expect(clauseOf('"heat of the wing"', { fields: ['bare'] })).toMatchObject({
    kind: 'phrase',
    field: BARE,
    terms: [
      { term: 'heat', position: 0 },
      { term: 'wing', position: 3 },
    ],
  })
})

test('phrases keep stop words and their positions', () => {
  expect(clauseOf('title:"The heat of"~2')).toEqual({
    kind: 'phrase',
    field: TITLE,
    terms: [
      { term: 'the', position: 0 },
      { term: 'heat', position: 1 },
      { term: 'of', position: 2 },
    ],
    slop: 2,
    boost: 1,
  })
  expect(clauseOf('title:"Heating"')).toEqual(term(TITLE, 'heat'))
})

test('a word that the analyzer splits becomes a phrase, except in literal text', () => {
  expect(clauseOf('title:wi-fi')).toMatchObject({ kind: 'phrase', terms: [{ term: 'wi' }, { term: 'fi' }] })
  expect(clauseOf({ match: 'wi-fi' }, { fields: ['title'] })).toEqual(
    bool([
      ['should', term(TITLE, 'wi')],
      ['should', term(TITLE, 'fi')],
    ]),
  )
})

test('words in other fields are compared with their values', () => {
  expect(clauseOf('tags:New\\ York')).toEqual({ kind: 'keyword', field: TAGS, value: 'New York', boost: 1 })
  expect(clauseOf('tags:"New York"')).toEqual({ kind: 'keyword', field: TAGS, value: 'New York', boost: 1 })
  expect(clauseOf('code:AbC')).toMatchObject({ kind: 'keyword', field: CODE, value: 'abc' })
  expect(clauseOf('year:1950')).toMatchObject({ kind: 'range', field: YEAR, bounds: { gte: 1950, lte: 1950 } })
  expect(clauseOf('year:{1950 TO 1960]')).toMatchObject({ bounds: { gt: 1950, lte: 1960 } })
  expect(clauseOf('year:[9007199254740993 TO *]')).toMatchObject({ bounds: { gte: 9007199254740993n } })
  expect(clauseOf('year:[1960 TO 1950]')).toEqual({ kind: 'none' })
  expect(clauseOf('draft:true')).toMatchObject({ kind: 'range', field: DRAFT, bounds: { gte: true, lte: true } })
  expect(clauseOf('at:>=2024-01-01T00:00:00Z')).toMatchObject({
    kind: 'range',
    field: AT,
    bounds: { gte: Date.UTC(2024) },
  })
  expect(clauseOf('body:[a TO b]')).toMatchObject({ kind: 'range', field: BODY, bounds: { gte: 'a', lte: 'b' } })
  expect(clauseOf('year:*')).toEqual({ kind: 'exists', field: YEAR, boost: 1 })
  expect(clauseOf('*')).toEqual({ kind: 'all', boost: 1 })
})

test('patterns are folded as surface forms are, or as keywords are', () => {
  expect(clauseOf('title:Ärg*')).toMatchObject({
    kind: 'pattern',
    lane: 'text',
    pattern: { kind: 'prefix', prefix: 'arg' },
  })
  expect(clauseOf('code:AB?c')).toMatchObject({
    lane: 'keyword',
    pattern: { kind: 'wildcard', parts: ['ab', '?', 'c'], literal: [true, false, true] },
  })
})

test('edits are explicit or grow with the length of the word, and stop words match exactly', () => {
  const fuzzy = (form: string, distance: 1 | 2) => ({
    kind: 'fuzzy',
    field: TITLE,
    form,
    distance,
    variants: 50,
    boost: 1,
  })

  expect(clauseOf('title:Heating~1')).toEqual(fuzzy('heating', 1))
  expect(clauseOf('title:heats~')).toEqual(fuzzy('heats', 1))
  expect(clauseOf('of heats heating', { fields: ['title'], fuzziness: 'auto' })).toEqual(
    bool([
      ['should', fuzzy('heats', 1) as Clause],
      ['should', fuzzy('heating', 2) as Clause],
    ]),
  )
  expect(clauseOf('title:ab', { fuzziness: 'auto' })).toEqual(term(TITLE, 'ab'))
})

test('match treats everything as literal text', () => {
  expect(clauseOf({ match: '-heat AND (wing: "' }, { fields: ['title'] })).toEqual(
    bool([
      ['should', term(TITLE, 'heat')],
      ['should', term(TITLE, 'wing')],
    ]),
  )
  expect(clauseOf({ match: 'heat wing', operator: 'and' }, { fields: ['title'] })).toEqual(
    bool([
      ['must', term(TITLE, 'heat')],
      ['must', term(TITLE, 'wing')],
    ]),
  )
  expect(clauseOf({ match: 'heat Wi', prefix_last: true }, { fields: ['title'] })).toEqual(
    bool([
      ['should', term(TITLE, 'heat')],
      ['should', { kind: 'pattern', field: TITLE!, lane: 'text', pattern: { kind: 'prefix', prefix: 'wi' }, boost: 1 }],
    ]),
  )
  expect(clauseOf({ match: 'New York' }, { fields: ['tags'] })).toMatchObject({
    parts: [{ clause: { value: 'New' } }, { clause: { value: 'York' } }],
  })
})

test.each(['', '  ', '!!! ...', '"" -""', 'title:"?!"'])('%j is empty after analysis and matches nothing', (query) => {
  expect(clauseOf(query)).toEqual({ kind: 'none' })
  expect(clauseOf({ match: '?!' })).toEqual({ kind: 'none' })
})

test('without text fields, words match nothing and negatives match everything', () => {
  const empty = parseSchema()

  expect(resolveQuery('heat', { schema: empty, request: {}, analyzers }).clause).toEqual({ kind: 'none' })
  expect(resolveQuery('-heat', { schema: empty, request: {}, analyzers }).clause).toEqual(
    bool([
      ['must', ALL],
      ['must_not', { kind: 'none' }],
    ]),
  )
})

test('an unknown field is text, with a warning', () => {
  const { clause, warnings } = resolve('AC/DC: live', { fields: ['title'] })

  expect(clause).toMatchObject({ parts: [{ clause: { kind: 'phrase' } }, { clause: { kind: 'term', term: 'live' } }] })
  expect(warnings).toEqual([
    { code: 'unknown_field', message: 'query: no field named "AC/DC", so "AC/DC:" is text at position 0' },
  ])
})

test.each([
  ['year:abc', 'invalid_query', 'field "year" is of type integer: expected a number, found "abc" at position 5'],
  ['heat year:(1950 OR x)', 'invalid_query', 'at position 19'],
  ['year:19*', 'invalid_query', 'prefixes and wildcards need a text or keyword field'],
  ['title:[a TO b]', 'invalid_query', '"column": true'],
  ['lone:1', 'invalid_query', 'it has no column'],
  ['raw:x', 'field_not_indexed', 'field "raw" is not indexed'],
])('%s is refused as %s', (query, code, message) => {
  expect(() => clauseOf(query)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }))
})

test.each([
  [['titel'], 'field_not_found', 'did you mean "title"?'],
  [['year'], 'invalid_field', 'expected text or keyword fields'],
  [['title^'], 'invalid_field', 'boost'],
])('searching in %j is refused as %s', (fields, code, message) => {
  expect(() => clauseOf('heat', { fields })).toThrow(
    expect.objectContaining({ code, message: expect.stringContaining(message) }),
  )
})

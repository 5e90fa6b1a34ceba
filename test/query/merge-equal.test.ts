import { beforeAll, expect, test } from 'vitest'
import { AnalyzerPool } from '../../core/analysis/analyzer-pool.ts'
import type { MatchQuery } from '../../core/contract/search-request.ts'
import type { Clause } from '../../core/query/language/clause.ts'
import { type QuerySetting, resolveQuery } from '../../core/query/language/resolve-query.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'

const schema = parseSchema({ fields: { title: 'text', body: 'text', year: 'integer' } })
const [TITLE, BODY] = [0, 1]
const analyzers = new AnalyzerPool()

beforeAll(() => analyzers.load(['english']))

const clauseOf = (query: string | MatchQuery, request: QuerySetting['request'] = {}) => {
  return resolveQuery(query, { schema, request, analyzers }).clause
}
const term = (field: number, text: string, boost = 1): Clause => ({ kind: 'term', field, term: text, boost })
const sum = (...clauses: Clause[]): Clause => ({ kind: 'fields', mode: 'sum', clauses, boost: 1 })
const bool = (parts: [occur: 'must' | 'should' | 'must_not', clause: Clause][]): Clause => {
  return { kind: 'bool', parts: parts.map(([occur, clause]) => ({ occur, clause })), boost: 1 }
}

test('equal clauses of the same parent become one', () => {
  const counts = (...asked: [boost: number, text: string][]) =>
    bool(asked.map(([boost, text]) => ['should', term(TITLE, text, boost)]))

  expect(clauseOf('title:(heat wing heating^3 heat)')).toEqual(counts([5, 'heat'], [1, 'wing']))
  expect(clauseOf({ match: 'heat wing heat' }, { fields: ['title'] })).toEqual(counts([2, 'heat'], [1, 'wing']))
  expect(clauseOf('heat', { fields: ['title', 'title^2', 'body'] })).toEqual(
    sum(term(TITLE, 'heat', 3), term(BODY, 'heat')),
  )
  expect(clauseOf('heat', { fields: ['title', 'title^2'], field_mode: 'best' })).toEqual(term(TITLE, 'heat', 2))
  expect(clauseOf('title:(heat OR (+heat wing) OR (wing AND heat)^2 OR (+heat wing)^3)')).toEqual(
    bool([
      ['should', term(TITLE, 'heat')],
      [
        'should',
        {
          ...bool([
            ['must', term(TITLE, 'heat')],
            ['should', term(TITLE, 'wing')],
          ]),
          boost: 4,
        } as Clause,
      ],
      [
        'should',
        {
          ...bool([
            ['must', term(TITLE, 'wing')],
            ['must', term(TITLE, 'heat')],
          ]),
          boost: 2,
        } as Clause,
      ],
    ]),
  )
  expect(clauseOf('title:(heat -wing -wing -wing)')).toEqual(
    bool([
      ['should', term(TITLE, 'heat')],
      ['must_not', term(TITLE, 'wing')],
    ]),
  )
  const prefixes = clauseOf(Array.from({ length: 1_024 }, () => 'title:he*').join(' '))
  expect(prefixes).toMatchObject({ kind: 'pattern', boost: 1_024 })
  expect(clauseOf('year:9007199254740993 year:[1 TO 2] year:9007199254740993 year:[1 TO 2]')).toMatchObject({
    parts: { length: 2 },
  })
})

import { beforeAll, expect, test } from 'vitest'
import { AnalyzerPool } from '../../core/analysis/analyzer-pool.ts'
import type { MatchQuery } from '../../core/contract/search-request.ts'
import { type QuerySetting, resolveQuery } from '../../core/query/language/resolve-query.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'

const schema = parseSchema({ fields: { title: 'text' } })
const analyzers = new AnalyzerPool()

beforeAll(() => analyzers.load(['english']))

const resolve = (query: string | MatchQuery, request: QuerySetting['request'] = {}) => {
  return resolveQuery(query, { schema, request, analyzers })
}

test('words times fields are limited before any word is analysed', () => {
  const analysed: string[] = []
  const watched: QuerySetting['analyzers'] = {
    get: (language) => ({
      analyze(text) {
        analysed.push(text)
        return analyzers.get(language).analyze(text)
      },
      normalizeWord: (word) => analyzers.get(language).normalizeWord(word),
    }),
  }
  const fields = Array.from({ length: 5 }, () => 'title')
  const words = (count: number) => Array.from({ length: count }, (_, i) => `w${i}`).join(' ')
  const ask = (query: string) => () => resolveQuery(query, { schema, request: { fields }, analyzers: watched })

  expect(ask(words(820))).toThrow(
    expect.objectContaining({ code: 'too_many_clauses', details: { limit: 4_096, found: 4_100 } }),
  )
  expect(analysed).toEqual([])
  expect(ask(words(819))().wordsTimesFields).toBe(4_095)
  expect(ask(`${words(100)} title:(${words(500)})`)().wordsTimesFields).toBe(1_000)
  expect(() => resolve({ match: words(820) }, { fields })).toThrow(
    expect.objectContaining({ code: 'too_many_clauses' }),
  )
})

test('every word of a phrase counts, and a phrase has its own limit', () => {
  const phrase = (count: number) => `"${Array.from({ length: count }, () => 'a').join(' ')}"`
  const run = (characters: number) => '海'.repeat(characters)

  expect(resolve(phrase(1_024), { fields: ['title'] }).wordsTimesFields).toBe(1_024)
  expect(() => resolve(phrase(1_025), { fields: ['title'] })).toThrow(
    expect.objectContaining({ code: 'phrase_too_long' }),
  )
  expect(() => resolve(run(10_000), { fields: ['title'] })).toThrow(
    expect.objectContaining({ code: 'phrase_too_long' }),
  )
  expect(resolve(run(1_025), { fields: ['title'] }).wordsTimesFields).toBe(1_024)
  expect(() => resolve(phrase(1_024), { fields: Array.from({ length: 5 }, () => 'title') })).toThrow(
    expect.objectContaining({ code: 'too_many_clauses' }),
  )
})

test.each([
  [1, 50],
  [81, 50],
  [82, 49],
  [1_024, 4],
])('in a query of %i words times fields, each fuzzy word has %i variants', (words, variants) => {
  const query = `title:abcd~1 ${Array.from({ length: words - 1 }, (_, i) => `title:w${i}`).join(' ')}`
  const { clause } = resolve(query)
  const first = clause.kind === 'bool' ? clause.parts[0]!.clause : clause
  expect(first).toMatchObject({ kind: 'fuzzy', variants })
})

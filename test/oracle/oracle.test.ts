import { beforeAll, describe, expect, test } from 'vitest'
import { AnalyzerPool } from '../../core/analysis/analyzer-pool.ts'
import type { SearchRequest } from '../../core/contract/search-request.ts'
import { PrismError } from '../../core/errors.ts'
import { parseFilter } from '../../core/query/filter/parse-filter.ts'
import { parseSort } from '../../core/query/language/parse-sort.ts'
import { resolveQuery } from '../../core/query/language/resolve-query.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'
import { flattenDocument } from '../../core/schema/flatten-document.ts'
import type { Schema } from '../../core/schema/schema.ts'
import { acceptsJson } from './accepts-json.ts'
import { flatten } from './flatten.ts'
import { Oracle } from './oracle.ts'
import { Dice, makeDocuments, makeFilter, makeRequests, ORACLE_SCHEMA } from './query-generator.ts'

const analyzers = new AnalyzerPool()
beforeAll(() => analyzers.load(['english', 'german', 'none']))

const schema = parseSchema(ORACLE_SCHEMA)

describe('scores worked out by hand', () => {
  const plain = parseSchema({ fields: { t: { type: 'text', language: 'none' }, k: 'keyword' } })
  const documents = [
    { id: '1', t: 'a b c d' },
    { id: '2', t: ['a a', 'b'], k: ['x', 'y'] },
    { id: '3', t: 'c c', k: 'x' },
    { id: '4', k: 'z' },
  ]
  const search = (query: string, request: SearchRequest = {}) => run(plain, documents, { ...request, query })
  const bm25 = (idf: number, f: number, length: number) => (idf * 2.2 * f) / (f + 0.3 + (0.9 / 3) * length)
  const idf = (df: number) => Math.log(1 + (3 - df + 0.5) / (df + 0.5))

  test('a term scores by BM25 over the documents that have the field', () => {
    const { hits } = search('a')

    expect(hits.map(({ id }) => id)).toEqual(['2', '1'])
    expect(hits[0]!.score).toBeCloseTo(bm25(idf(2), 2, 3), 12)
    expect(hits[1]!.score).toBeCloseTo(bm25(idf(2), 1, 4), 12)
  })

  test('a phrase has the summed idf of its terms, and does not span values', () => {
    expect(search('"a b"').hits).toEqual([{ id: '1', score: expect.closeTo(bm25(2 * idf(2), 1, 4), 12) }])
    expect(search('"a b"~99').hits.map(({ id }) => id)).toEqual(['1', '2'])
    expect(search('"b a"~2').hits).toEqual([{ id: '1', score: expect.closeTo(bm25(2 * idf(2), 1 / 3, 4), 12) }])
  })

  test('constants, sums and negations', () => {
    expect(search('k:x^3').hits).toEqual([
      { id: '2', score: 3 },
      { id: '3', score: 3 },
    ])
    expect(search('-k:x').hits).toEqual([
      { id: '1', score: 0 },
      { id: '4', score: 0 },
    ])
    expect(search('k:x k:y k:*').hits.map(({ score }) => score)).toEqual([3, 2, 1])
    expect(search('+k:x k:y').hits.map(({ score }) => score)).toEqual([2, 1])
  })
})

test('the fast way to flatten gives the same result as the slow way', () => {
  for (const document of makeDocuments(1, 200)) {
    const slow = flatten(schema, document, analyzers)
    const quick = flattenDocument(schema, document, 0)

    expect(quick.newFields).toEqual([])
    expect(new Map(quick.fields.map(({ field, values }) => [field.number, values.map(String)]))).toEqual(
      new Map(Array.from(slow.values, ([field, values]) => [field, values.map(String)])),
    )
  }
})

test('filters accept the documents that their JSON describes', () => {
  const documents = makeDocuments(2, 60)
  const oracle = new Oracle(schema, documents, analyzers)
  const dice = new Dice(3)
  let accepted = 0

  for (let i = 0; i < 1_000; i++) {
    const filter = makeFilter(dice, 3)
    const parsed = parseFilter(filter, schema)
    for (const [d, document] of documents.entries()) {
      const accepts = oracle.accepts(parsed, oracle.documents[d]!)
      if (accepts !== acceptsJson(filter, document)) expect.fail(JSON.stringify({ filter, document, accepts }))
      accepted += Number(accepts)
    }
  }

  expect(accepted).toBeGreaterThan(10_000)
})

test('generated queries are valid, and most find some documents but not all', () => {
  const documents = makeDocuments(4, 100)
  const requests = makeRequests(5, 500)

  const totals = requests.map((request) => run(schema, documents, request).total)

  expect(totals.filter((total) => total > 0).length).toBeGreaterThan(300)
  expect(totals.filter((total) => total < documents.length).length).toBeGreaterThan(300)
})

test('generated requests repeat with their seed', () => {
  expect(makeRequests(6, 50)).toEqual(makeRequests(6, 50))
  expect(makeDocuments(6, 50)).toEqual(makeDocuments(6, 50))
  expect(makeRequests(6, 50)).not.toEqual(makeRequests(7, 50))
})

const oracles = new Map<readonly object[], Oracle>()

function run(of: Schema, documents: readonly object[], request: SearchRequest) {
  const oracle = oracles.get(documents) ?? new Oracle(of, documents, analyzers)
  oracles.set(documents, oracle)
  try {
    const { clause } =
      request.query === undefined
        ? { clause: { kind: 'all' as const, boost: 1 } }
        : resolveQuery(request.query, { schema: of, request, analyzers })
    const filter = request.filter === undefined ? undefined : parseFilter(request.filter, of)
    return oracle.search({
      clause,
      filter,
      sort: parseSort(request.sort ?? [], of),
      offset: request.offset ?? 0,
      limit: request.limit ?? 10,
    })
  } catch (error) {
    if (error instanceof PrismError) error.message += ` in ${JSON.stringify(request)}`
    throw error
  }
}

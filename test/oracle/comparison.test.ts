import { expect, test } from 'vitest'
import { AnalyzerPool } from '../../core/analysis/analyzer-pool.ts'
import type { SearchRequest } from '../../core/contract/search-request.ts'
import { parseFilter } from '../../core/query/filter/parse-filter.ts'
import type { Clause } from '../../core/query/language/clause.ts'
import { parseSort } from '../../core/query/language/parse-sort.ts'
import { resolveQuery } from '../../core/query/language/resolve-query.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { Oracle } from './oracle.ts'
import { makeDocuments, makeRequests, ORACLE_SCHEMA } from './query-generator.ts'

const DOCUMENTS = 200
const REQUESTS = 500
const BATCH = 67
const SEED = 1
const EVERYTHING: Clause = { kind: 'all', boost: 1 }

test('500 generated requests have the same answers as the oracle', async () => {
  const documents = makeDocuments(SEED, DOCUMENTS)
  const schema = parseSchema(ORACLE_SCHEMA)
  const analyzers = new AnalyzerPool()
  await analyzers.load(['english', 'german'])
  const oracle = new Oracle(schema, documents, analyzers)
  const engine = openMemoryEngine()
  await engine.createCollection('c', { schema: ORACLE_SCHEMA, shards: 2 })
  for (let i = 0; i < DOCUMENTS; i += BATCH) {
    const { errors } = await engine.writeDocuments('c', documents.slice(i, i + BATCH))
    expect(errors).toEqual([])
  }

  for (const request of makeRequests(SEED, REQUESTS)) {
    const { hits, total, total_relation: relation } = await engine.search('c', request)

    const expected = oracle.search({ ...understand(request), offset: request.offset ?? 0, limit: request.limit ?? 10 })
    const context = JSON.stringify(request)
    expect(
      hits.map(({ id }) => id),
      context,
    ).toEqual(expected.hits.map(({ id }) => id))
    expect({ total, relation }, context).toEqual(totalOf(request, expected.total))
    for (const [i, { score }] of hits.entries()) {
      // A search that sorts only by fields has no scores.
      if (request.sort === undefined || request.sort.includes('_score')) {
        expect(score, context).toBeCloseTo(expected.hits[i]!.score, 9)
      }
    }
  }
  await engine.close()

  function understand(request: SearchRequest) {
    const { query, filter, sort = [] } = request
    return {
      clause: query === undefined ? EVERYTHING : resolveQuery(query, { schema, request, analyzers }).clause,
      filter: filter === undefined ? undefined : parseFilter(filter, schema),
      sort: parseSort(sort, schema),
    }
  }
})

function totalOf({ total }: SearchRequest, count: number): object {
  if (total === false) return { total: undefined, relation: undefined }
  return typeof total === 'number' && count > total ? { total, relation: 'gte' } : { total: count, relation: 'eq' }
}

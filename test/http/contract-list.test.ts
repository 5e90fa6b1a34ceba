import { afterAll, describe, expect, test } from 'vitest'
import { createApp } from '../../core/http/create-app.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { type Answer, caller, type Json } from './api/client.ts'

const engine = openMemoryEngine()
const app = createApp(engine)
const call = caller(() => ({ fetch: async (path, init) => app.request(path, init), close: async () => {} }))
const { body: openApi } = await call('GET', '/openapi.json')
await call('PUT', '/collections/books', { schema: { fields: { title: 'text', place: { fields: { lat: 'float' } } } } })

afterAll(() => engine.close())

/** What the contract names, and what a request answers that uses it. */
const SUPPORTED = 'supported'
const LATER = 'not_supported'

/** The routes of the contract. */
const ROUTES: Readonly<Record<string, typeof SUPPORTED | typeof LATER>> = {
  'GET /': SUPPORTED,
  'GET /health': SUPPORTED,
  'GET /metrics': SUPPORTED,
  'GET /openapi.json': SUPPORTED,
  'GET /docs': SUPPORTED,
  'PUT /collections/{collection}': SUPPORTED,
  'GET /collections': SUPPORTED,
  'GET /collections/{collection}': SUPPORTED,
  'PATCH /collections/{collection}': SUPPORTED,
  'DELETE /collections/{collection}': SUPPORTED,
  'POST /collections/{collection}/analyze': SUPPORTED,
  'POST /collections/{collection}/documents': SUPPORTED,
  'GET /collections/{collection}/documents': SUPPORTED,
  'PUT /collections/{collection}/documents/{id}': SUPPORTED,
  'GET /collections/{collection}/documents/{id}': SUPPORTED,
  'DELETE /collections/{collection}/documents/{id}': SUPPORTED,
  'POST /collections/{collection}/documents/get': SUPPORTED,
  'POST /collections/{collection}/documents/delete': SUPPORTED,
  'POST /collections/{collection}/search': SUPPORTED,
  'GET /collections/{collection}/search': SUPPORTED,
  'POST /collections/{collection}/count': SUPPORTED,
  'POST /multi_search': SUPPORTED,
  // These are more than the contract asks for.
  'PATCH /collections/{collection}/documents/{id}': SUPPORTED,
  'POST /collections/{collection}/documents/update': SUPPORTED,
  'POST /collections/{collection}/uploads': SUPPORTED,
  'POST /collections/{collection}/branches': SUPPORTED,
  'POST /collections/{collection}/restore': SUPPORTED,
  'POST /collections/{collection}/snapshots': SUPPORTED,
  'GET /collections/{collection}/snapshots': SUPPORTED,
  'DELETE /collections/{collection}/snapshots/{snapshot}': SUPPORTED,
  'GET /aliases/{name}': LATER,
  'PUT /aliases/{name}': LATER,
  'DELETE /aliases/{name}': LATER,
  'POST /collections/{collection}/recall': LATER,
  'POST /collections/{collection}/suggest': LATER,
  'PUT /collections/{collection}/synonyms': LATER,
  'PUT /collections/{collection}/curations': LATER,
  'POST /collections/{collection}/statistics': LATER,
  'POST /collections/{collection}/sql': LATER,
  'GET /collections/{collection}/export?format=jsonl': LATER,
  'GET /collections/{collection}/changes?since=x': LATER,
  'POST /collections/{collection}/migrate': LATER,
  'POST /search': LATER,
  'GET /cluster': LATER,
  'DELETE /cluster/nodes/{id}': LATER,
  'POST /cluster/nodes/{id}/drain': LATER,
  'DELETE /cluster/nodes/{id}/drain': LATER,
  'POST /cluster/rebalance': LATER,
  'POST /cluster/shards/{collection}/{shard}/move': LATER,
  'POST /keys': LATER,
  'GET /keys/{id}': LATER,
  'DELETE /keys/{id}': LATER,
  'GET /tasks': LATER,
  'GET /tasks/{id}': LATER,
  'DELETE /tasks/{id}': LATER,
}

/** Searches with each member and form of the contract. */
const SEARCHES: readonly (readonly [request: Json, answer: typeof SUPPORTED | typeof LATER])[] = [
  [{ query: 'heat AND (wing OR "boundary layer"~2) -laminar title:flow^2' }, SUPPORTED],
  [{ query: { match: 'a: (', operator: 'and', fuzziness: 'auto', prefix_last: true } }, SUPPORTED],
  [{ fields: ['title^2'], field_mode: 'best', operator: 'or', fuzziness: 'none' }, SUPPORTED],
  [{ filter: { id: { in: ['a'] }, not: { title: { exists: true } } } }, SUPPORTED],
  [{ limit: 10, offset: 0, sort: ['_score', '-id'], include: ['title'], exclude: [], total: 1_000 }, SUPPORTED],
  [{ consistency: 'bounded', max_staleness_ms: 5_000 }, SUPPORTED],
  [{ allow_partial_results: true, min_successful_shards: 1, partial_results_timeout_ms: 5_000 }, SUPPORTED],
  [{ explain: false, cursor: null }, SUPPORTED],
  [{ explain: 'plan' }, LATER],
  [{ strict: true }, LATER],
  [{ prefix_last: true }, LATER],
  [{ ranking: 'bm25' }, LATER],
  [{ operator: { at_least: 0.75 } }, LATER],
  [{ query: { match: 'a', operator: { at_least: 2 } } }, LATER],
  [{ query: { like: { id: 'a', fields: ['title'] } } }, LATER],
  [{ like: { text: 'a' } }, LATER],
  [{ sort: [{ field: 'year', order: 'asc', missing: 'first', mode: 'min' }] }, LATER],
  [{ sort: [{ distance: { field: 'place', lat: 1, lon: 1 } }] }, LATER],
  [{ time_zone: 'Europe/Berlin' }, LATER],
  [{ cursor: 'x' }, LATER],
  [{ vector: { field: 'v', values: [0.1], k: 1, effort: 1, oversample: 2.5, exact: false } }, LATER],
  [{ vector: [{ field: 'v', text: 'a' }] }, LATER],
  [{ hybrid: { fusion: 'rrf' } }, LATER],
  [{ aggs: { by_year: { histogram: { field: 'year', interval: 10 } } } }, LATER],
  [{ facets: ['kind', { field: 'brand' }] }, LATER],
  [{ highlight: { fields: ['text'] } }, LATER],
  [{ distinct: { field: 'family', size: 1 } }, LATER],
  [{ boost: 'log(1 + views)' }, LATER],
  [{ budget: { ms: 200 } }, LATER],
  [{ filter: { place: { within: { lat: 1, lon: 1, radius_m: 5 } } } }, LATER],
  [{ filter: { place: { box: { top_left: {}, bottom_right: {} } } } }, LATER],
  [{ filter: { place: { polygon: [] } } }, LATER],
  [{ filter: { items: { any: { color: 'red' } } } }, LATER],
  [{ filter: { title: { eq: 'a', time_zone: 'UTC' } } }, LATER],
]

/** Fields with each kind and option of the contract. */
const FIELDS: readonly (readonly [field: unknown, answer: typeof SUPPORTED | typeof LATER])[] = [
  ['text', SUPPORTED],
  [{ type: 'text', language: 'none', stop_words: 'index', k1: 1.2, b: 0.75, index: false, column: false }, SUPPORTED],
  [{ type: 'text', analyzer: 'german' }, SUPPORTED],
  [{ type: 'keyword', normalizer: 'lowercase' }, SUPPORTED],
  ['integer', SUPPORTED],
  ['float', SUPPORTED],
  ['boolean', SUPPORTED],
  ['date', SUPPORTED],
  ['json', SUPPORTED],
  [{ type: 'object', fields: { a: 'text' } }, SUPPORTED],
  [{ type: 'keyword', collation: 'de' }, LATER],
  ['geo_point', LATER],
  [{ type: 'vector', dimensions: 384, metric: 'cosine', index: 'lists', precision: 'f16' }, LATER],
  [{ type: 'vector', dimensions: 384, source: ['title'], embedder: 'name' }, LATER],
]

function outcomeOf({ status, body }: Answer): string {
  return status < 300 ? SUPPORTED : body.error.code
}

describe('everything that the contract names is supported, or refused as not supported', () => {
  test('the routes, and there are no others', async () => {
    const described = Object.entries(openApi.paths as Record<string, Json>).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const supported = Object.keys(ROUTES).filter((route) => ROUTES[route] === SUPPORTED)

    expect(described.sort()).toEqual(supported.sort())
    for (const route of Object.keys(ROUTES).filter((one) => ROUTES[one] === LATER)) {
      const [method, path] = route.split(' ')
      const answer = await call(method!, path!.replace(/\{\w+\}/g, 'x'), method === 'GET' ? undefined : {})
      expect([route, answer.status, outcomeOf(answer)]).toEqual([route, 400, LATER])
    }
  })

  test.each(SEARCHES)('the search %j', async (request, outcome) => {
    const answer = await call('POST', '/collections/books/search', request)

    expect(outcomeOf(answer), JSON.stringify(answer.body)).toBe(outcome)
  })

  test.each(FIELDS)('the field %j', async (field, outcome) => {
    const name = `f${FIELDS.findIndex(([one]) => one === field)}`
    const answer = await call('PUT', `/collections/${name}`, { schema: { fields: { field } } })

    expect(outcomeOf(answer), JSON.stringify(answer.body)).toBe(outcome)
  })
})

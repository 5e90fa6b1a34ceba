import { afterAll, describe, expect, test } from 'vitest'
import { openRemoteEngine } from '../../core/client/remote-engine.ts'
import type { SearchRequest } from '../../core/contract/search-request.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { PrismError } from '../../core/errors.ts'
import { createApp } from '../../core/http/create-app.ts'
import { PLANNED } from '../../core/planned.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { caller, collectionOf, expectError, type Json } from './api/client.ts'

const engine = openMemoryEngine()
const app = createApp(engine)
const call = caller(() => ({ fetch: async (path, init) => app.request(path, init), close: async () => {} }))
/** Nobody listens there: what the client refuses by itself is refused before anything is sent. */
const remote = openRemoteEngine({ url: 'http://127.0.0.1:1' })
const name = await collectionOf(call, [{ id: 'a', title: 'sea', year: 1 }])

afterAll(() => engine.close())

async function codeOf(answer: Promise<unknown>): Promise<string> {
  try {
    await answer
    return 'accepted'
  } catch (error) {
    if (error instanceof PrismError) return error.code
    throw error
  }
}

async function codeOverHttp(method: string, path: string, body: unknown): Promise<string> {
  const answer = await call(method, path, body)
  return answer.status < 300 ? 'accepted' : answer.body.error.code
}

const long = (length: number) => 'x'.repeat(length)

const REFUSED: readonly (readonly [request: unknown, code: string])[] = [
  [[], 'invalid_request'],
  ['sea', 'invalid_request'],
  [{ qurey: 'sea' }, 'unknown_field'],
  [{ query: 1 }, 'invalid_request'],
  [{ query: { match: 'a', slop: 1 } }, 'unknown_field'],
  [{ query: { match: 1 } }, 'invalid_request'],
  [{ fields: 'title' }, 'invalid_request'],
  [{ fields: [1] }, 'invalid_request'],
  [{ fields: [long(513)] }, 'limit_exceeded'],
  [{ field_mode: 'max' }, 'invalid_request'],
  [{ operator: 'xor' }, 'invalid_request'],
  [{ fuzziness: 3 }, 'invalid_request'],
  [{ filter: [] }, 'invalid_request'],
  [{ limit: -1 }, 'invalid_request'],
  [{ limit: 1.5 }, 'invalid_request'],
  [{ limit: '10' }, 'invalid_request'],
  [{ limit: 1_001 }, 'limit_exceeded'],
  [{ offset: -1 }, 'invalid_request'],
  [{ offset: 10_001 }, 'limit_exceeded'],
  [{ sort: 'year' }, 'invalid_request'],
  [{ sort: Array(17).fill('id') }, 'limit_exceeded'],
  [{ include: 'title' }, 'invalid_request'],
  [{ exclude: Array(1_001).fill('a') }, 'limit_exceeded'],
  [{ versions: 1 }, 'invalid_request'],
  [{ total: -1 }, 'invalid_request'],
  [{ total: 'all' }, 'invalid_request'],
  [{ consistency: 'exact' }, 'invalid_request'],
  [{ max_staleness_ms: -1 }, 'invalid_request'],
  [{ session: long(16_385) }, 'limit_exceeded'],
  [{ session: 5 }, 'invalid_request'],
  [{ session: [] }, 'invalid_request'],
  [{ session: [[]] }, 'invalid_request'],
  [{ session: { toString: 1 } }, 'invalid_request'],
  [{ at_version: [] }, 'invalid_request'],
  [{ at_version: [0] }, 'invalid_request'],
  [{ min_successful_shards: 257 }, 'limit_exceeded'],
  [{ partial_results_timeout_ms: 0 }, 'invalid_request'],
  [{ partial_results_timeout_ms: 600_001 }, 'limit_exceeded'],
  [{ explain: 1 }, 'invalid_request'],
  ...['aggs', 'boost', 'budget', 'cursor', 'distinct', 'facets', 'highlight', 'hybrid', 'like', 'prefix_last'].map(
    (field) => [{ [field]: {} }, 'not_supported'] as const,
  ),
  [{ ranking: 'bm25' }, 'not_supported'],
  [{ strict: false }, 'not_supported'],
  [{ time_zone: 'Europe/Berlin' }, 'not_supported'],
  [{ vector: { field: 'v', values: [1] } }, 'not_supported'],
  [{ explain: 'plan' }, 'not_supported'],
  [{ operator: { at_least: 0.75 } }, 'not_supported'],
  [{ query: { match: 'a', operator: { at_least: 2 } } }, 'not_supported'],
  [{ sort: [{ field: 'year', order: 'desc' }] }, 'not_supported'],
]

const ACCEPTED: readonly unknown[] = [
  {},
  { query: 'sea', limit: 0, offset: 0, total: 0 },
  { total: false },
  { total: 1, limit: 1_000, offset: 9_000 },
  { partial_results_timeout_ms: 600_000, min_successful_shards: 0, max_staleness_ms: 0 },
  { fields: ['title^2'], sort: ['-year', '_score', 'id'], include: [], exclude: ['year'], explain: false },
  { cursor: null, vector: null, aggs: null, strict: null },
]

describe('a search', () => {
  test.each(REFUSED)(
    '%j is refused alike over HTTP, by the library and by the remote client',
    async (request, code) => {
      const asked = request as SearchRequest

      expect(await codeOverHttp('POST', `/collections/${name}/search`, JSON.stringify(request))).toBe(code)
      expect(await codeOf(engine.search(name, asked))).toBe(code)
      expect(await codeOf(engine.count(name, asked))).toBe(code)
      expect(await codeOf(remote.search(name, asked))).toBe(code)
      const { body } = await call('POST', '/multi_search', { searches: [{ collection: name, ...(asked as Json) }] })
      if (!Array.isArray(request) && typeof request !== 'string') expect(body.results[0].error.code).toBe(code)
    },
  )

  test.each(ACCEPTED)('%j is accepted everywhere', async (request) => {
    const asked = request as SearchRequest

    expect(await codeOverHttp('POST', `/collections/${name}/search`, request)).toBe('accepted')
    expect(await codeOf(engine.search(name, asked))).toBe('accepted')
    expect(await codeOf(remote.search(name, asked))).toBe('unreachable')
  })

  test('takes undefined for a member that is left out', async () => {
    const request = { query: 'sea', limit: undefined, sort: undefined } as unknown as SearchRequest

    expect((await engine.search(name, request)).hits).toHaveLength(1)
  })

  test('by its address takes the same, and refuses what a later version does', async () => {
    const get = (query: string) => codeOverHttp('GET', `/collections/${name}/search?${query}`, undefined)

    expect(await get('q=sae&fuzziness=1&operator=and&sort=-year,id&fields=title&limit=1')).toBe('accepted')
    expect(await get('fuzziness=3')).toBe('invalid_request')
    for (const member of PLANNED.members) expect(await get(`${member}=x`)).toBe('not_supported')
    expect(await get('limit=1001')).toBe('limit_exceeded')
  })
})

type Way = readonly [
  what: string,
  method: string,
  path: string,
  body: unknown,
  ask: (engine: Engine) => Promise<unknown>,
]

const settings = { partial_results_timeout_ms: 0 }
const WAYS: readonly Way[] = [
  ['new', 'PUT', '/collections/new', { settings }, (to) => to.createCollection('new', { settings })],
  ['changed', 'PATCH', `/collections/${name}`, { settings }, (to) => to.updateCollection(name, { settings })],
  ['shards', 'PUT', '/collections/new', { shards: 0 }, (to) => to.createCollection('new', { shards: 0 })],
  ['text', 'POST', `/collections/${name}/analyze`, { text: 1 }, (to) => to.analyze(name, { text: 1 as never })],
  ['ids', 'POST', `/collections/${name}/documents/get`, { ids: [1.5] }, (to) => to.getDocuments(name, [1.5])],
  [
    'limit',
    'POST',
    `/collections/${name}/documents/delete`,
    { filter: {}, limit: 0 },
    (to) => to.deleteByFilter(name, { filter: {}, limit: 0 }),
  ],
  [
    'patch',
    'POST',
    `/collections/${name}/documents/update`,
    { filter: {}, patch: [] },
    (to) => to.updateByFilter(name, { filter: {}, patch: [] as never }),
  ],
  ['page', 'GET', `/collections/${name}/documents?limit=0`, undefined, (to) => to.listDocuments(name, { limit: 0 })],
  ['branch', 'POST', `/collections/${name}/branches`, {}, (to) => to.branchCollection(name, {} as never)],
  [
    'past',
    'POST',
    `/collections/${name}/restore`,
    { at_version: [0] },
    (to) => to.restoreCollection(name, { at_version: [0] }),
  ],
]

test.each(WAYS)('a wrong %s is refused alike over HTTP, by the library and by the remote client', async (...way) => {
  const [, method, path, body, ask] = way

  expect(await codeOverHttp(method, path, body)).toBe('invalid_request')
  expect(await codeOf(ask(engine))).toBe('invalid_request')
  expect(await codeOf(ask(remote))).toBe('invalid_request')
})

// A declaration of fields is read by the engine alone; the remote client sends it as it is.
test.each([
  [{ distribution: 'replicated' }, 'not_supported'],
  [{ replication: { factor: 3 } }, 'not_supported'],
  [{ schema: { collation: 'de' } }, 'outcome_unknown'],
  [{ schema: { fields: { title: { type: 'keyword', collation: 'de' } } } }, 'outcome_unknown'],
  [{ schema: { fields: { place: 'geo_point' } } }, 'outcome_unknown'],
] as const)('a collection with %j is refused as not supported, never as unknown', async (planned, byClient) => {
  const request = planned as object

  expect(await codeOverHttp('PUT', '/collections/new', planned)).toBe('not_supported')
  expect(await codeOverHttp('PATCH', `/collections/${name}`, planned)).toBe('not_supported')
  expect(await codeOf(engine.createCollection('new', request))).toBe('not_supported')
  expect(await codeOf(engine.updateCollection(name, request))).toBe('not_supported')
  expect(await codeOf(remote.createCollection('new', request))).toBe(byClient)
  expect(await codeOf(remote.updateCollection(name, request))).toBe(byClient)
})

test.each(PLANNED.routes)('%s is refused as not supported, whatever the method', async (path) => {
  for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
    const answer = await call(method, path.replace(/:\w+/g, 'x'), method === 'GET' ? undefined : {})

    expectError(answer, 400, 'not_supported', `${method} ${path} is not supported by this version`)
  }
})

describe('the OpenAPI document', async () => {
  const { body: document } = await call('GET', '/openapi.json')
  const operations = Object.values(document.paths as Record<string, Json>).flatMap(
    (path) => Object.values(path) as Json[],
  )

  test('names each operation as a person would, and once', () => {
    const names = operations.map((operation) => operation.operationId as string)

    expect(new Set(names).size).toBe(names.length)
    for (const one of names) expect(one).toMatch(/^[a-z]+([A-Z][a-z]+)*$/)
    expect(names).toEqual(expect.arrayContaining(['search', 'multiSearch', 'writeDocuments', 'updateDocuments']))
  })

  test('refers only to what it has', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)]

    expect(references.length).toBeGreaterThan(20)
    for (const [, schema] of references) expect(document.components.schemas).toHaveProperty(schema!)
  })

  test('says how large each list and text of a search may be, and what is meant when nothing is said', () => {
    const { properties } = document.components.schemas.Search

    expect(unbounded(properties, 'Search')).toEqual([])
    expect(properties).toMatchObject({
      limit: { minimum: 0, maximum: 1_000, default: 10 },
      offset: { default: 0 },
      operator: { enum: ['or', 'and'], default: 'or' },
      total: { default: true },
      filter: { $ref: '#/components/schemas/Filter' },
    })
  })

  test('gives the address of a search the members of its body, with the same bounds', () => {
    const parameters = document.paths['/collections/{collection}/search'].get.parameters as Json[]
    const { query, ...members } = document.components.schemas.Search.properties
    const inQuery = parameters.filter((parameter) => parameter.in === 'query')
    const described = inQuery.map(({ name, schema, content, description }) => {
      const value = (schema ?? (content as Json & { 'application/json': Json })['application/json'].schema) as Json
      return [name, { ...(description !== undefined && { description }), ...value }]
    })
    const { description: _, ...text } = query.anyOf[0]

    expect(Object.fromEntries(described)).toEqual({ q: { ...text, description: expect.any(String) }, ...members })
  })

  test('describes filters by the operators that are read', () => {
    const [, , operators] = document.components.schemas.Condition.anyOf

    expect(Object.keys(operators.properties)).toEqual(
      expect.arrayContaining(['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'between', 'in', 'nin', 'exists', 'prefix']),
    )
  })
})

/** Where a schema has a list or a free text without a largest size. */
function unbounded(schema: Json, path: string): string[] {
  const { type, maxItems, maxLength, enum: values } = schema as Json & { enum?: unknown }
  const isOpen =
    (type === 'array' && maxItems === undefined) || (type === 'string' && !values && maxLength === undefined)
  const inner = Object.entries(schema).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null ? unbounded(value as Json, `${path}.${key}`) : [],
  )
  return isOpen ? [path, ...inner] : inner
}

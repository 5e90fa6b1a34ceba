import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { createApp } from '../../core/http/create-app.ts'
import { assembleEngine } from '../../core/open/assemble-engine.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { FREE } from '../../core/storage/prices.ts'
import { systemClock } from '../../core/system-clock.ts'

let engine: Engine
let send: (method: string, path: string, body: string | undefined, type?: string) => Promise<number>
let defect: unknown

beforeAll(async () => {
  const places = {
    store: new MemoryObjectStore(systemClock),
    coordination: new MemoryCoordination(),
    prices: FREE,
    close: async () => {},
  }
  engine = assembleEngine(places, { workerCount: 0 })
  const app = createApp(engine, {
    onFailure: (error) => {
      defect = error
    },
  })
  send = async (method, path, body, type = 'application/json') => {
    defect = undefined
    const response = await app.request(path, {
      method,
      ...(body !== undefined && { body, headers: { 'Content-Type': type } }),
    })
    const text = await response.text()
    if (response.headers.get('content-type')?.includes('json')) JSON.parse(text)
    // A defect's own stack says more than the status it became.
    if (defect !== undefined) throw defect
    return response.status
  }
  const fields = {
    title: 'text',
    n: 'integer',
    f: 'float',
    b: 'boolean',
    d: 'date',
    k: 'keyword',
    j: 'json',
    text: 'text',
  }
  await send('PUT', '/collections/c', JSON.stringify({ schema: { fields }, shards: 2 }))
  const documents = [
    { id: 'a', title: 'sea and wind', n: 1, f: 1.5, b: true, d: '2020-01-01', k: 'x', other: 'sea' },
    { id: 'b', title: ['sea', 'fog'], n: [2, 3], k: ['x', 'y'], o: { p: 'deep sea' } },
  ]
  await send('POST', '/collections/c/documents', JSON.stringify(documents))
})

afterAll(() => engine.close())

/** Pieces of the query language in any order: most of it is nonsense, all of it has to be answered. */
const piece = fc.oneof(
  fc.constantFrom(
    'sea',
    'wind',
    'title',
    'n',
    'k',
    'x',
    'AND',
    'OR',
    'NOT',
    'TO',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '"',
    ':',
    '^',
    '~',
    '*',
  ),
  fc.constantFrom(
    '?',
    '+',
    '-',
    '\\',
    '>',
    '<',
    '>=',
    '<=',
    ' ',
    '2',
    '1.5',
    '-1',
    '2020-01-01',
    'o.p',
    '_score',
    'id',
    'se*',
    '^2',
    '~1',
  ),
  fc.string({ maxLength: 4 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
)
const query = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
const fieldName = fc.constantFrom(
  'title',
  'n',
  'f',
  'b',
  'd',
  'k',
  'j',
  'other',
  'o.p',
  'id',
  '_score',
  'nowhere',
  'not',
  'and',
  '',
  '__proto__',
)
const scalar = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1e300, 'x', 'sea', '2020-01-01', '', '9223372036854775807', 2 ** 53 - 1),
  fc.jsonValue({ maxDepth: 1 }),
)
const operator = fc.constantFrom(
  'eq',
  'ne',
  'gt',
  'gte',
  'lt',
  'lte',
  'between',
  'in',
  'nin',
  'exists',
  'prefix',
  'contains_all',
  'within',
  'x',
)
const condition = fc.oneof(
  scalar,
  fc.dictionary(operator, fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })), { maxKeys: 3 }),
)
const { filter } = fc.letrec((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3 },
    fc.dictionary(fieldName, condition, { maxKeys: 3 }),
    fc.record({ not: tie('filter') }),
    fc.record({ and: fc.array(tie('filter'), { maxLength: 3 }) }),
    fc.record({ or: fc.array(tie('filter'), { maxLength: 3 }) }),
    scalar,
  ),
}))
const sortKey = fc.tuple(fc.constantFrom('', '-', '+'), fieldName).map((parts) => parts.join(''))
const searchRequest = fc.record(
  {
    query: fc.oneof(
      query,
      fc.record(
        { match: query, fuzziness: fc.constantFrom('auto', 1, 2, 'none'), prefix_last: fc.boolean() },
        { requiredKeys: ['match'] },
      ),
      scalar,
    ),
    fields: fc.array(
      fc.oneof(
        fieldName,
        fieldName.map((name) => `${name}^2`),
      ),
      { maxLength: 3 },
    ),
    field_mode: fc.constantFrom('sum', 'best'),
    operator: fc.constantFrom('and', 'or'),
    fuzziness: fc.constantFrom('none', 'auto', 1, 2),
    filter,
    limit: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer(), fc.double()),
    offset: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer()),
    sort: fc.array(sortKey, { maxLength: 3 }),
    include: fc.array(fieldName, { maxLength: 3 }),
    exclude: fc.array(fieldName, { maxLength: 3 }),
    total: fc.oneof(fc.boolean(), fc.integer()),
    consistency: fc.constantFrom('eventual', 'bounded', 'strong', 'read_your_writes'),
    session: fc.string(),
    min_successful_shards: fc.integer({ min: -1, max: 5 }),
    partial_results_timeout_ms: fc.constantFrom(0, 5000, 600_000, 600_001, -1),
    explain: fc.boolean(),
  },
  { requiredKeys: [] },
)

const RUNS = { numRuns: 1_000 }

test('no search is answered with a 500', async () => {
  await fc.assert(
    fc.asyncProperty(searchRequest, async (request) => {
      expect(await send('POST', '/collections/c/search', JSON.stringify(request))).toBeOneOf([200, 400, 413])
    }),
    RUNS,
  )
})

test('no query alone is answered with a 500, and count agrees on whether it is one', async () => {
  await fc.assert(
    fc.asyncProperty(query, async (text) => {
      const body = JSON.stringify({ query: text })
      const status = await send('POST', '/collections/c/search', body)

      expect(status).toBeOneOf([200, 400])
      expect(await send('POST', '/collections/c/count', body)).toBe(status)
    }),
    RUNS,
  )
})

test('no text taken literally fails', async () => {
  await fc.assert(
    fc.asyncProperty(query, fc.constantFrom('none', 'auto', 1, 2), async (match, fuzziness) => {
      const body = JSON.stringify({ query: { match, fuzziness, prefix_last: true } })

      expect(await send('POST', '/collections/c/search', body)).toBe(200)
    }),
    RUNS,
  )
})

const field = fc.oneof(
  fc.constantFrom(
    'text',
    'keyword',
    'integer',
    'float',
    'boolean',
    'date',
    'object',
    'json',
    'vector',
    'geo_point',
    'x',
  ),
  fc.record(
    {
      type: fc.constantFrom('text', 'keyword', 'integer', 'object', 'date'),
      index: fc.boolean(),
      column: fc.boolean(),
      language: fc.constantFrom('german', 'none', 'x'),
      k1: scalar,
      b: scalar,
      fields: fc.dictionary(fieldName, fc.constantFrom('text', 'x')),
    },
    { requiredKeys: [] },
  ),
  scalar,
)

test('no schema is answered with a 500', async () => {
  let made = 0
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.oneof(fieldName, fc.string()), field, { maxKeys: 4 }),
      fc.oneof(fc.boolean(), fc.constant('strict'), scalar),
      async (fields, dynamic) => {
        const name = `s${made++}`
        expect(await send('PUT', `/collections/${name}`, JSON.stringify({ schema: { fields, dynamic } }))).toBeOneOf([
          201, 400, 413,
        ])
      },
    ),
    { numRuns: 200 },
  )
})

/** Documents of a few fields, so that their types clash. */
const document = fc.oneof(
  fc.dictionary(
    fc.oneof(fieldName, fc.constantFrom('p', 'q', 'p.q', 'o', 'r')),
    fc.oneof(scalar, fc.jsonValue({ maxDepth: 3 })),
    { maxKeys: 5 },
  ),
  fc.jsonValue({ maxDepth: 2 }),
)

test('no document is answered with a 500, and what was taken comes back equal', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(document, { maxLength: 6 }),
      fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }),
      async (documents, id) => {
        expect(await send('POST', '/collections/d/documents', JSON.stringify(documents))).toBeOneOf([200, 400, 413])
        const [first] = documents
        if (typeof first !== 'object' || first === null || Array.isArray(first)) return
        const written = { ...first, id }
        const [status, found] = [
          await send('PUT', `/collections/d/documents/${encodeURIComponent(id)}`, JSON.stringify(written)),
          await engine.getDocuments('d', [id], { consistency: 'strong' }),
        ]

        if (status === 200) expect(found[0]).toEqual(JSON.parse(JSON.stringify(written)))
      },
    ),
    { numRuns: 60 },
  )
}, 120_000)

test('no bytes are answered with a 500', async () => {
  const paths = [
    '/collections/c/search',
    '/collections/c/documents',
    '/collections/c/documents/delete',
    '/multi_search',
    '/collections/c/analyze',
  ]
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.json())
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...paths),
      text,
      fc.constantFrom('application/json', 'application/x-ndjson'),
      async (path, body, type) => {
        expect(await send('POST', path, body, type)).toBeLessThan(500)
      },
    ),
    { numRuns: 300 },
  )
})

test('no path is answered with a 500', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(fc.constantFrom('collections', 'c', 'documents', 'search', 'a'), fc.string({ unit: 'binary' })),
      ),
      async (segments) => {
        const path = `/${segments.map(encodeOrNot).join('/')}`
        expect(await send('GET', path, undefined)).toBeLessThan(500)
      },
    ),
    RUNS,
  )
})

/** Halves of surrogate pairs cannot be encoded; they go as they are. */
function encodeOrNot(segment: string): string {
  try {
    return encodeURIComponent(segment)
  } catch {
    return segment
  }
}

const someOf = (kinds: Record<string, fc.Arbitrary<unknown>>) => fc.record(kinds, { requiredKeys: [] })
const id = fc.oneof(fc.constantFrom('x', 'y', 'z'), fc.string({ maxLength: 3 }))
const operation = someOf({
  put: document,
  patch: document,
  id,
  delete: id,
  if_version: fc.oneof(fc.constant('AAAAAAAAAAAAAAAAAAAAAA'), fc.string()),
  if_absent: fc.constantFrom(true, false, 1),
  if_present: fc.constant(true),
})

test('no operation, patch or change by filter is answered with a 500', async () => {
  await send('PUT', '/collections/w', JSON.stringify({ schema: { fields: { n: 'integer', k: 'keyword' } } }))
  await fc.assert(
    fc.asyncProperty(
      fc.array(operation, { maxLength: 4 }),
      fc.constantFrom(true, false, undefined, 'yes'),
      fc.record(
        { filter, patch: document, limit: fc.integer({ min: -1, max: 3 }), cursor: fc.string() },
        { requiredKeys: [] },
      ),
      async (operations, atomic, byFilter) => {
        const body = JSON.stringify({ operations, atomic })
        expect(await send('POST', '/collections/w/documents', body)).toBeOneOf([200, 400, 404, 409])
        for (const { patch } of operations as { patch?: unknown }[]) {
          expect(await send('PATCH', '/collections/w/documents/x', JSON.stringify(patch))).toBeOneOf([200, 400, 404])
        }
        for (const route of ['update', 'delete']) {
          const status = await send('POST', `/collections/w/documents/${route}`, JSON.stringify(byFilter))
          expect(status).toBeOneOf([200, 400, 413])
        }
      },
    ),
    { numRuns: 400 },
  )
})

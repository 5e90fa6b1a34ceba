import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../core/engine/engine.ts'
import { createApp } from '../../core/http/create-app.ts'
import { ANSWER_BYTES_MAX } from '../../core/reading/answer-bytes.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import type { RequestPlan } from '../faults/fault-plan.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'
import { caller, expectError } from './api/client.ts'

const LONG = 900_000
const DOCUMENTS = 40
/** As many of the documents as an answer has room for. */
const FITTING = Math.floor(ANSWER_BYTES_MAX / (LONG + 100))

/** Calls a hook before each request to the store. */
class HookedPlan implements RequestPlan {
  before: (what: string) => void = () => undefined

  async run<T>(what: string, request: () => Promise<T>): Promise<T> {
    this.before(what)
    return request()
  }

  happens(): boolean {
    return false
  }
}

const plan = new HookedPlan()
let engine: Engine
let app: ReturnType<typeof createApp>
const call = caller(() => ({ fetch: async (path, init) => app.request(path, init), close: async () => {} }))
const ids = Array.from({ length: DOCUMENTS }, (_, i) => `${100 + i}`)

beforeAll(async () => {
  engine = openMemoryEngine({ store: new FaultyObjectStore(new MemoryObjectStore(systemClock), plan) })
  app = createApp(engine)
  await engine.createCollection('books', { shards: 2, schema: { fields: { n: 'integer' }, dynamic: false } })
  for (const some of [ids.slice(0, 20), ids.slice(20)]) {
    await engine.writeDocuments(
      'books',
      some.map((id) => ({ id, n: Number(id), text: 'x'.repeat(LONG) })),
    )
  }
})
afterAll(() => engine.close())

test('a page of a listing is cut where it would be too large, and its cursor goes on there', async () => {
  const first = await call('GET', '/collections/books/documents?limit=1000')
  const second = await call('GET', `/collections/books/documents?limit=1000&cursor=${first.body.cursor}`)
  const idsOf = (page: { documents: { id: string }[] }) => page.documents.map(({ id }) => id)

  expect(first.body.documents).toHaveLength(FITTING)
  expect(second.body.cursor).toBeNull()
  expect([...idsOf(first.body), ...idsOf(second.body)]).toEqual(ids)
})

test('a search, and documents by id, that would be too large are a 413 that names the limit', async () => {
  const limit = { limit: 'answer_bytes', maximum: ANSWER_BYTES_MAX }
  for (const [path, body] of [
    ['search', { limit: 1000 }],
    ['documents/get', { ids }],
    ['documents/get', { ids: ids.map(() => '100') }],
  ] as const) {
    const answer = await call('POST', `/collections/books/${path}`, body)

    expectError(answer, 413, 'answer_too_large', /request fewer/)
    expect(answer.body.error.details).toEqual(limit)
  }
  const fitting = await call('POST', '/collections/books/search', { limit: FITTING, sort: ['n'] })
  expect(fitting.body.hits).toHaveLength(FITTING)
  expect(
    (await call('POST', '/collections/books/documents/get', { ids: ids.slice(0, 10) })).body.documents,
  ).toHaveLength(10)
})

test('the searches of one request share one answer', async () => {
  const searches = [0, 20].map((offset) => ({ collection: 'books', limit: 20, offset, sort: ['n'] }))
  const { body } = await call('POST', '/multi_search', { searches })

  expect(body.results.map((result: { error?: { code: string } }) => result.error?.code).sort()).toEqual([
    'answer_too_large',
    undefined,
  ])
})

test('a change by filter takes its patch into account, and stops when its client has gone', async () => {
  const gone = new AbortController()
  let isBegun = false
  plan.before = (what) => {
    isBegun ||= what.startsWith('put ')
    if (isBegun) gone.abort()
  }
  const response = await app.request('/collections/books/documents/update', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ filter: { n: { gte: 100 } }, patch: { text: 'y'.repeat(LONG) } }),
    signal: gone.signal,
  })
  plan.before = () => undefined
  await engine.settle()
  const changed: string[] = []
  for (const some of [ids.slice(0, 20), ids.slice(20)]) {
    for (const document of await engine.getDocuments('books', some)) {
      if (String(document!.text).startsWith('y')) changed.push(String(document!.id))
    }
  }

  expect(isBegun).toBe(true)
  expect(response.status).toBe(499)
  // One commit has as many documents as 4 MB of patches and documents are.
  expect(changed).toEqual(ids.slice(0, 4))
})

test('a read whose client has gone is not begun', async () => {
  const gone = AbortSignal.abort(new Error('gone'))
  const reads = await Promise.allSettled([
    engine.search('books', {}, { signal: gone }),
    engine.count('books', {}, { signal: gone }),
    engine.listDocuments('books', {}, { signal: gone }),
    engine.getDocuments('books', ['100'], {}, { signal: gone }),
    engine.deleteByFilter('books', { filter: {} }, { signal: gone }),
  ])

  expect(reads.map((read) => read.status === 'rejected' && read.reason.message)).toEqual(reads.map(() => 'gone'))
})

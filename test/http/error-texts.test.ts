import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { UnavailableError } from '../../core/errors.ts'
import { createApp } from '../../core/http/create-app.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import type { RequestPlan } from '../faults/fault-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'
import { type Answer, caller } from './api/client.ts'

const SECRETS = /arn:aws|SECRET|\bc\/|seg\/|[0-9a-z]{26}\.seg|prism#|AccessDenied/

/** Fails what a pattern matches, as S3 and DynamoDB do: with everything in the message. */
class FailingPlan implements RequestPlan {
  fails: RegExp | undefined

  async run<T>(what: string, request: () => Promise<T>): Promise<T> {
    if (!this.fails?.test(what)) return request()
    throw new UnavailableError('storage_refused', `AccessDenied: arn:aws:s3:::SECRET-bucket refused ${what}`)
  }

  happens(): boolean {
    return false
  }
}

async function open() {
  const plan = new FailingPlan()
  const [base, rows] = [new MemoryObjectStore(systemClock), new MemoryCoordination()]
  const failures: { id: string; line: string; text: string }[] = []
  const start = () => {
    const engine = openMemoryEngine({
      store: new FaultyObjectStore(base, plan),
      coordination: new FaultyCoordination(rows, plan) as unknown as MemoryCoordination,
    })
    const app = createApp(engine, {
      onFailure: (error, { id, line }) => failures.push({ id, line, text: String(error) }),
    })
    const api = { fetch: async (path: string, init?: RequestInit) => app.request(path, init), close: async () => {} }
    return { engine, call: caller(() => api) }
  }
  const { engine, call } = start()
  await call('PUT', '/collections/books', { shards: 4 })
  const documents = Array.from({ length: 40 }, (_, i) => ({ id: `${i}`, title: 'sea' }))
  await call('POST', '/collections/books/documents', { documents })
  await engine.close()
  // A new process, in whose memory nothing is.
  return { plan, failures, ...start() }
}

const ROUTES: readonly (readonly [method: string, path: string, body: unknown])[] = [
  ['GET', '/health', undefined],
  ['GET', '/collections', undefined],
  ['GET', '/collections/books', undefined],
  ['PUT', '/collections/others', undefined],
  ['PATCH', '/collections/books', { schema: { fields: { year: 'integer' } } }],
  ['POST', '/collections/books/search', {}],
  ['GET', '/collections/books/search', undefined],
  ['POST', '/collections/books/count', {}],
  ['POST', '/collections/books/documents/get', { ids: ['1'] }],
  ['GET', '/collections/books/documents/1', undefined],
  ['GET', '/collections/books/documents', undefined],
  ['POST', '/collections/books/documents', { documents: [{ id: 'a' }] }],
  ['PUT', '/collections/books/documents/1', { title: 'see' }],
  ['PATCH', '/collections/books/documents/1', { title: 'see' }],
  ['DELETE', '/collections/books/documents/1', undefined],
  ['POST', '/collections/books/documents/update', { filter: {}, patch: { title: 'see' } }],
  ['POST', '/collections/books/documents/delete', { filter: {} }],
  ['POST', '/collections/books/snapshots', { name: 'now' }],
  ['DELETE', '/collections/books', undefined],
]

function expectNoSecrets({ body }: Answer): void {
  expect(JSON.stringify(body)).not.toMatch(SECRETS)
}

test.each(ROUTES)(
  '%s %s names nothing of what failed, and the log has it under the id that the client sees',
  async (method, path, body) => {
    const { plan, failures, call, engine } = await open()
    plan.fails = /./
    const answer = await call(method, path, body, { 'X-Request-Id': 'mine-1' })

    expect(answer.status, JSON.stringify(answer.body)).toBe(503)
    expectNoSecrets(answer)
    expect(answer.body.error).toMatchObject({ code: 'storage_refused', details: { request_id: 'mine-1' } })
    expect(answer.headers.get('x-request-id')).toBe('mine-1')
    expect(failures).toEqual([
      { id: 'mine-1', line: `${method} ${path}`, text: expect.stringContaining('SECRET-bucket') },
    ])
    plan.fails = undefined
    await engine.close()
  },
)

test('what failed of a part of an answer is not named either', async () => {
  const { plan, failures, call, engine } = await open()
  const { body } = await call('GET', '/collections/books')
  expect(body.documents).toBe(40)
  // Objects of one shard, whose number is a part of their keys.
  plan.fails = /^get c\/[^/]+\/s\/1\//
  const search = await call('POST', '/collections/books/search', {})
  expect(search.status, JSON.stringify(search.body)).toBe(200)
  expect(search.body.shards).toMatchObject({ failed: 1, failures: [{ shard: 1, reason: expect.any(String) }] })
  expectNoSecrets(search)

  const all = await call('POST', '/collections/books/search', { allow_partial_results: false })
  expect(all.status).toBe(503)
  expectNoSecrets(all)

  const several = await call('POST', '/multi_search', {
    searches: [
      { collection: 'books', allow_partial_results: false },
      { collection: 'books', limit: 0 },
    ],
  })
  expect(several.body.results[0].error.code).toBe('shards_unavailable')
  expectNoSecrets(several)
  expect(failures.at(-1)).toMatchObject({ id: several.headers.get('x-request-id'), line: 'POST /multi_search' })
  plan.fails = undefined
  await engine.close()
})

test('each request has an id of its own, unless the client gives one', async () => {
  const { call, engine } = await open()
  const ids = [await call('GET', '/'), await call('GET', '/'), await call('GET', '/nowhere')].map(({ headers }) =>
    headers.get('x-request-id'),
  )
  expect(new Set(ids).size).toBe(3)
  for (const id of ids) expect(id).toMatch(/^[0-9a-z]{26}$/)
  expect((await call('GET', '/', undefined, { 'X-Request-Id': 'a"b' })).headers.get('x-request-id')).toMatch(
    /^[0-9a-z]{26}$/,
  )
  await engine.close()
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { openBucket } from '../../core/open/open-bucket.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { clock, timeLimit } from '../../functions/invocation.ts'
import { bufferedHandler } from '../../functions/lambda-app.ts'
import { encodePath } from '../../functions/sent-path.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { toEvent } from '../lambda/gateway-event.ts'

const LONG = { getRemainingTimeInMillis: () => 29_000 }

type Handler = ReturnType<typeof bufferedHandler>

/** Sends a request like an HTTP API. */
async function send(handler: Handler, method: string, target: string, body: unknown, context = LONG) {
  const text = body === undefined ? '' : JSON.stringify(body)
  const headers = ['host', 'local', 'content-type', 'application/json']
  const request = { method, target, rawHeaders: headers, body: Buffer.from(text), sourceIp: '127.0.0.1', port: 443 }
  const event = toEvent(request, 'http-api', new Date()) as Parameters<Handler>[0]
  const { statusCode, body: answer } = await handler(event, context)
  return { status: statusCode, body: JSON.parse(answer) }
}

test.each(['a b', 'a/b', '../x', 'é#', '\u0000\n', 'get', 'documents/x'])(
  'a decoded path with the id %j leads to its document',
  async (id) => {
    const engine = openMemoryEngine()
    const handler = bufferedHandler(engine)
    const path = `/collections/books/documents/${encodeURIComponent(id)}`

    await send(handler, 'PUT', path, { title: 'sea' })

    expect((await send(handler, 'GET', path, undefined)).body).toEqual({ id, title: 'sea' })
    expect((await engine.getDocuments('books', [id]))[0]).toEqual({ id, title: 'sea' })
    await engine.close()
  },
)

test('other paths stay unchanged', () => {
  for (const path of ['/', '/collections/books/search', '/collections/books/documents', '/docs']) {
    expect(encodePath(path)).toBe(path)
  }
})

test('nothing of a request is still running after its answer', async () => {
  const store = new MemoryObjectStore(systemClock)
  const put = store.put.bind(store)
  let underWay = 0
  store.put = async (key, body) => {
    underWay++
    await new Promise((resolve) => setTimeout(resolve, 30))
    await put(key, body)
    underWay--
  }
  const engine = openMemoryEngine({ store })
  const handler = bufferedHandler(engine)

  for (let i = 0; i < 10; i++) {
    await send(handler, 'PUT', `/collections/books/documents/${i}`, { title: `sea ${i}` })

    expect(underWay).toBe(0)
  }
  const keys: string[] = []
  for await (const { key } of store.list('c/')) keys.push(key)
  expect(keys.filter((key) => key.includes('/committed/')).length).toBeGreaterThanOrEqual(10)
  await engine.close()
})

test('an answer beyond Lambda’s limit, counting escaped quotes, is a 413', async () => {
  const engine = openMemoryEngine()
  const handler = bufferedHandler(engine)
  const document = (text: string) => ({
    documents: [{ id: text[0]!, text: text.repeat(text === '"' ? 480_000 : 900_000) }],
  })
  for (const text of ['"', 'a', 'b', 'c', 'd', 'e'])
    await send(handler, 'POST', '/collections/b/documents', document(text))

  const fits = await send(handler, 'POST', '/collections/b/search', { limit: 5, sort: ['-id'] })
  const tooLarge = await send(handler, 'POST', '/collections/b/search', { limit: 6 })

  expect(fits.status).toBe(200)
  expect(tooLarge.status).toBe(413)
  expect(tooLarge.body.error).toMatchObject({ code: 'answer_too_large', details: { maximum: 6_291_556 } })
  await engine.close()
})

test('a request whose storage does not answer ends before the platform ends it', async () => {
  const silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', () => resolve()))
  const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  process.env.AWS_ACCESS_KEY_ID ??= 'test'
  process.env.AWS_SECRET_ACCESS_KEY ??= 'test'
  const engine = await openBucket(
    { bucket: 'b', table: 't', endpoint, workerCount: 0, removesDeleted: 'later' },
    { clock, timeLimit },
  )
  const handler = bufferedHandler(engine)
  const startedMs = performance.now()
  const context = { getRemainingTimeInMillis: () => 1_500 - (performance.now() - startedMs) }

  const answer = await send(handler, 'POST', '/collections/books/search', {}, context)

  expect(context.getRemainingTimeInMillis()).toBeGreaterThan(0)
  expect(answer.status).toBe(503)
  expect(answer.body.error.code).toBe('deadline_exceeded')
  silent.closeAllConnections()
  await new Promise((resolve) => silent.close(resolve))
})

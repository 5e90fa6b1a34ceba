import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Listening, listen } from '../../cli/commands/listen.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { createApp } from '../../core/http/create-app.ts'
import { prism } from '../cli/terminal.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { sendAsIs } from '../servers/send-as-is.ts'

const JSON_TYPE = { 'Content-Type': 'application/json' }
const EVIL = 'http://evil.example'

describe('a server on loopback', () => {
  let engine: Engine
  let server: Listening

  beforeAll(async () => {
    engine = openMemoryEngine()
    server = await listen(createApp(engine, { callers: 'loopback' }).fetch, { host: '127.0.0.1', port: 0 })
  })
  afterAll(async () => {
    await server.close()
    await engine.close()
  })
  beforeEach(() => engine.writeDocuments('books', [{ id: 'a', title: 'sea' }]))

  const send = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    sendAsIs(server.address, { method, path, headers, body })
  const count = async () => (await engine.count('books', { consistency: 'strong' })).count

  test.each([
    ['delete', '{"filter":{}}'],
    ['update', '{"filter":{},"patch":{"title":null}}'],
    ['get', '{"ids":["a"]}'],
  ])(
    'refuses documents/%s as a page of any origin can have it sent: without a content type, or as text',
    async (route, body) => {
      for (const headers of [{}, { 'Content-Type': 'text/plain;charset=UTF-8' }]) {
        const { status, text } = await send('POST', `/collections/books/documents/${route}`, headers, body)

        expect(status, text).toBe(415)
        expect(text).toMatch(/content-type must be application\/json, got (none|text\/plain)/)
      }
      expect(await engine.getDocuments('books', ['a'])).toEqual([{ id: 'a', title: 'sea' }])
    },
  )

  test.each([
    ['POST', '/collections/books/documents', '[{"id":"b"}]', {}],
    ['POST', '/collections/books/documents', '{"id":"b"}\n', { 'Content-Type': 'application/x-ndjson' }],
    ['PUT', '/collections/books/documents/b', '{}', JSON_TYPE],
    ['POST', '/collections/books/documents/delete', '{"ids":["a"]}', JSON_TYPE],
    ['DELETE', '/collections/books', undefined, {}],
    ['POST', '/collections/books/search', '{}', JSON_TYPE],
    ['POST', '/multi_search', '{"searches":[{"collection":"books"}]}', JSON_TYPE],
    ['GET', '/collections/books/search', undefined, {}],
    ['GET', '/nowhere', undefined, {}],
  ])(
    'refuses %s %s from pages of other origins and under names of other machines',
    async (method, path, body, headers) => {
      for (const origin of [
        EVIL,
        'https://localhost.evil.example',
        'http://127.0.0.1.evil.example',
        'null',
        'file://',
      ]) {
        const { status, text, headers: answered } = await send(method, path, { ...headers, Origin: origin }, body)

        expect(status, `${origin}: ${text}`).toBe(403)
        expect(JSON.parse(text).error.code).toBe('foreign_origin')
        expect(JSON.parse(text).error.message).toContain(`not of "${origin}"`)
        expect(answered).not.toHaveProperty('access-control-allow-origin')
      }
      for (const host of ['evil.example', 'evil.example:3080', '127.0.0.1.evil.example', '10.0.0.7']) {
        const { status, text } = await send(method, path, { ...headers, Host: host }, body)

        expect(status, `${host}: ${text}`).toBe(403)
        expect(JSON.parse(text).error.code).toBe('foreign_host')
        expect(JSON.parse(text).error.message).toContain(`not to "${host}"`)
      }
      expect(await count()).toBe(1)
    },
  )

  test('answers programs of this machine, and pages of loopback origins, under each of its names', async () => {
    for (const host of ['localhost', 'localhost:3080', '127.0.0.1:1', '[::1]:3080', 'LOCALHOST', 'books.localhost']) {
      expect((await send('GET', '/', { Host: host })).status, host).toBe(200)
    }
    for (const origin of ['http://localhost:5173', 'http://127.0.0.1:8080', 'https://localhost', 'http://[::1]:5173']) {
      const { status, headers } = await send(
        'POST',
        '/collections/books/search',
        { ...JSON_TYPE, Origin: origin },
        '{}',
      )

      expect(status, origin).toBe(200)
      expect(headers).toMatchObject({ 'access-control-allow-origin': origin, vary: 'Origin' })
      expect(headers['access-control-expose-headers']).toContain('Prism-Session')
    }
    expect((await send('GET', '/', {})).headers).not.toHaveProperty('access-control-allow-origin')
  })

  test('asked beforehand (CORS), says yes to pages of loopback origins only', async () => {
    const asks = {
      'Access-Control-Request-Method': 'DELETE',
      'Access-Control-Request-Headers': 'content-type,if-match',
    }
    const [own, foreign] = [
      await send('OPTIONS', '/collections/books/documents/a', { ...asks, Origin: 'http://localhost:5173' }),
      await send('OPTIONS', '/collections/books/documents/a', { ...asks, Origin: EVIL }),
    ]

    expect(own.status).toBe(204)
    expect(own.headers['access-control-allow-origin']).toBe('http://localhost:5173')
    expect(own.headers['access-control-allow-methods']).toContain('DELETE')
    expect(String(own.headers['access-control-allow-headers']).toLowerCase()).toContain('if-match')
    expect(foreign.status).toBe(403)
    expect(foreign.headers).not.toHaveProperty('access-control-allow-origin')
  })

  test('never lets a browser guess what an answer is', async () => {
    for (const [path, headers] of [
      ['/', {}],
      ['/docs', {}],
      ['/metrics', {}],
      ['/nowhere', {}],
      ['/', { Origin: EVIL }],
      ['/collections/none', {}],
    ] as const) {
      expect((await send('GET', path, headers)).headers['x-content-type-options'], path).toBe('nosniff')
    }
  })
})

test('a server that answers anyone checks no names, and tells no page that it may read', async () => {
  const engine = openMemoryEngine()
  const server = await listen(createApp(engine).fetch, { host: '127.0.0.1', port: 0 })
  const headers = { Host: 'prism.example', Origin: 'http://localhost:5173' }
  const [root, options] = [
    await sendAsIs(server.address, { method: 'GET', path: '/', headers }),
    await sendAsIs(server.address, { method: 'OPTIONS', path: '/collections/books', headers }),
  ]
  await server.close()
  await engine.close()

  expect([root.status, options.status]).toEqual([200, 204])
  expect(options.headers.allow).toBe('PUT, GET, PATCH, DELETE')
  for (const { headers } of [root, options]) expect(headers).not.toHaveProperty('access-control-allow-origin')
})

test.each([['0.0.0.0'], ['10.0.0.7'], ['::'], ['prism.example']])('serve --host %s needs --insecure', async (host) => {
  const { status, err } = await prism(['serve', '--host', host])

  expect(status).toBe(1)
  expect(err).toContain(`other machines reach ${host}`)
  expect(err).toContain('--insecure')
  expect((await prism(['serve'], { env: { PRISM_HOST: host } })).err).toBe(err)
})

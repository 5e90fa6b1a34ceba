import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Listening, listen } from '../../cli/commands/listen.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { type AppOptions, createApp } from '../../core/http/create-app.ts'
import { prism } from '../cli/terminal.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { freePort } from '../servers/free-port.ts'
import { sendAsIs } from '../servers/send-as-is.ts'
import { untilServed } from '../servers/until-served.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const OWN = 'https://app.example'
const OTHER = 'https://evil.example'
const JSON_TYPE = { 'Content-Type': 'application/json' }
const EXPOSED = ['ETag', 'Prism-Session', 'Prism-Version', 'Retry-After', 'X-Request-Id']
const REQUESTED = ['authorization', 'content-encoding', 'content-type', 'idempotency-key', 'if-match', 'if-none-match']

/** Every method of the contract, with a path that has it. */
const METHODS = [
  ['GET', '/collections/books/search?q=sea'],
  ['POST', '/collections/books/search'],
  ['PUT', '/collections/books/documents/a'],
  ['PATCH', '/collections/books/documents/a'],
  ['DELETE', '/collections/books/documents/a'],
] as const

let engine: Engine

beforeAll(() => {
  engine = openMemoryEngine()
})
beforeEach(() => engine.writeDocuments('books', [{ id: 'a', title: 'sea' }]))
afterAll(() => engine.close())

describe.each<[string, Partial<AppOptions>]>([
  ['on loopback', { callers: 'loopback' }],
  ['for any caller', {}],
])('a server %s that allows an origin', (_, callers) => {
  let server: Listening

  beforeAll(async () => {
    const app = createApp(engine, { ...callers, cors: [OWN, 'HTTP://Shop.Example:80/', 'capacitor://localhost'] })
    server = await listen(app.fetch, { host: '127.0.0.1', port: 0 })
  })
  afterAll(() => server.close())

  const send = (method: string, path: string, headers: Record<string, string>, body?: string) =>
    sendAsIs(server.address, { method, path, headers, body })

  test.each(METHODS)('answers what a browser asks before %s %s, to pages of this origin only', async (method, path) => {
    const asks = {
      'Access-Control-Request-Method': method,
      'Access-Control-Request-Headers': [...REQUESTED, 'prism-session'].join(','),
    }
    const own = await send('OPTIONS', path, { ...asks, Origin: OWN })
    const other = await send('OPTIONS', path, { ...asks, Origin: OTHER })

    expect([own.status, own.text]).toEqual([204, ''])
    expect(own.headers['access-control-allow-origin']).toBe(OWN)
    expect(own.headers['access-control-max-age']).toBe('600')
    expect(own.headers).not.toHaveProperty('access-control-allow-credentials')
    expect(listOf(own.headers['access-control-allow-methods'])).toContain(method)
    expect(listOf(own.headers['access-control-allow-headers']).map((name) => name.toLowerCase())).toEqual(
      expect.arrayContaining([...REQUESTED, 'prism-session']),
    )
    expect(listOf(own.headers.vary)).toContain('Origin')
    expect(other.headers).not.toHaveProperty('access-control-allow-origin')
  })

  test('lets pages of this origin read answers, errors, and the headers of the contract', async () => {
    for (const [method, path, body, status] of [
      ['GET', '/collections/books/documents/a', undefined, 200],
      ['POST', '/collections/books/search', '{"query":"sea"}', 200],
      ['POST', '/collections/books/search', '{"qurey":"sea"}', 400],
      ['POST', '/collections/books/search', '{', 400],
      ['GET', '/collections/none', undefined, 404],
      ['GET', '/nowhere', undefined, 404],
      ['PUT', '/health', undefined, 405],
      ['PUT', '/collections/books', '{}', 409],
      ['GET', '/cluster', undefined, 400],
    ] as const) {
      const answer = await send(method, path, { ...(body !== undefined && JSON_TYPE), Origin: OWN }, body)

      expect(answer.status, `${method} ${path}`).toBe(status)
      expect(answer.headers['access-control-allow-origin'], `${method} ${path}`).toBe(OWN)
      expect(listOf(answer.headers['access-control-expose-headers'])).toEqual(EXPOSED)
      expect(listOf(answer.headers.vary)).toContain('Origin')
    }
  })

  test('knows an origin however it was written', async () => {
    for (const origin of ['http://shop.example', 'capacitor://localhost']) {
      const { status, headers } = await send('GET', '/', { Origin: origin })

      expect([status, headers['access-control-allow-origin']]).toEqual([200, origin])
    }
  })

  test('lets no page of another origin read anything, not even one with a similar name', async () => {
    for (const origin of [OTHER, 'http://app.example', 'https://app.example:444', `${OWN}.evil.example`, 'null', '*']) {
      const { headers } = await send('GET', '/collections/books/documents/a', { Origin: origin })

      expect(headers, origin).not.toHaveProperty('access-control-allow-origin')
    }
  })

  test('keeps caches from giving the answer for one origin to another', async () => {
    expect(listOf((await send('GET', '/', {})).headers.vary)).toContain('Origin')
  })

  test('still says on OPTIONS which methods a path has', async () => {
    const { status, headers } = await send('OPTIONS', '/collections/books', { Origin: OWN })

    expect([status, headers.allow]).toEqual([204, 'PUT, GET, PATCH, DELETE'])
  })
})

describe('a server on loopback that allows origins', () => {
  test.each([[[OWN]], [['*']]])(
    '%j: refuses a Host of another machine, whatever its origin (DNS rebinding)',
    async (cors) => {
      const server = await listen(createApp(engine, { callers: 'loopback', cors }).fetch, {
        host: '127.0.0.1',
        port: 0,
      })
      const answers = await Promise.all(
        [OWN, undefined].map((origin) =>
          sendAsIs(server.address, {
            method: 'DELETE',
            path: '/collections/books',
            headers: { Host: 'evil.example', ...(origin !== undefined && { Origin: origin }) },
          }),
        ),
      )
      await server.close()

      for (const { status, text } of answers) {
        expect([status, JSON.parse(text).error.code]).toEqual([403, 'foreign_host'])
      }
      expect(await engine.getDocuments('books', ['a'])).toHaveLength(1)
    },
  )

  test('refuses requests of all other origins, and says how to allow one', async () => {
    const server = await listen(createApp(engine, { callers: 'loopback', cors: [OWN] }).fetch, {
      host: '127.0.0.1',
      port: 0,
    })
    const { status, text } = await sendAsIs(server.address, {
      method: 'DELETE',
      path: '/collections/books/documents/a',
      headers: { Origin: OTHER },
    })
    await server.close()

    expect(status).toBe(403)
    expect(JSON.parse(text).error).toMatchObject({
      code: 'foreign_origin',
      message: `this server answers pages of this machine and of origins that it allows, not of "${OTHER}"; start it with --cors and the origin to allow it`,
    })
    expect(await engine.getDocuments('books', ['a'])).toEqual([{ id: 'a', title: 'sea' }])
  })
})

test.each([{ callers: 'loopback' } as const, {}])('* allows pages of all origins: %j', async (callers) => {
  const app = createApp(engine, { ...callers, cors: ['*'] })

  for (const origin of [OTHER, 'null', 'http://localhost:5173']) {
    const answer = await app.request('http://127.0.0.1/', { headers: { Origin: origin } })

    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, origin])
  }
})

test.each([
  'app.example',
  '',
  'https://',
  'https://app.example/shop',
  'https://*.app.example',
  'https://a b',
  'null',
  'https://app.example?a',
])('"%s" is no origin, and is refused by createApp, --cors and PRISM_CORS', async (origin) => {
  const message = `expected an origin such as https://app.example, without a path, or *; got "${origin}"`

  expect(() => createApp(engine, { cors: [origin] })).toThrow(message)
  if (origin === '') return
  expect(await prism(['serve', '--port', '0', '--cors', OWN, '--cors', origin])).toMatchObject({
    status: 1,
    err: `prism: ${message}\n`,
  })
  expect((await prism(['serve', '--port', '0'], { env: { PRISM_CORS: `${OWN},${origin}` } })).err).toBe(
    `prism: ${message}\n`,
  )
})

test.each([
  [['--cors', OWN, '--cors', 'https://shop.example'], {}, [OWN, 'https://shop.example'], ''],
  [[], { PRISM_CORS: ` ${OWN} , https://shop.example,` }, [OWN, 'https://shop.example'], ''],
  [['--cors', '*'], {}, [OWN, OTHER], 'prism: pages of all origins can read and write everything (--cors)\n'],
  [[], {}, [], ''],
])('serve %j with %j', async (words, env, origins, warning) => {
  const port = await freePort()
  const ended = new AbortController()
  const data = await temporaryFolder()
  const running = prism(['serve', '--port', String(port), '--data', data, ...words], { env, signal: ended.signal })
  const address = `http://127.0.0.1:${port}`
  await untilServed(address)
  const allowed: string[] = []
  for (const origin of [OWN, 'https://shop.example', OTHER]) {
    const { headers } = await sendAsIs(address, {
      method: 'OPTIONS',
      path: '/collections/books',
      headers: { Origin: origin, 'Access-Control-Request-Method': 'PUT' },
    })
    if (headers['access-control-allow-origin'] === origin) allowed.push(origin)
  }
  ended.abort()
  const { status, err } = await running

  expect(allowed).toEqual(expect.arrayContaining(origins))
  expect(allowed).toHaveLength(warning === '' ? origins.length : 3)
  expect([status, err]).toEqual([0, warning])
})

function listOf(header: unknown): string[] {
  return String(header ?? '').split(/, ?/)
}

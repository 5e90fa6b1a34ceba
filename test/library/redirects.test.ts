import { afterEach, describe, expect, test } from 'vitest'
import { listen } from '../../cli/commands/listen.ts'
import { nextAddress } from '../../core/client/redirects.ts'
import { readServer } from '../../core/client/server-address.ts'
import { createApp } from '../../core/http/create-app.ts'
import { open, type Prism } from '../../core/open/open.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { type HttpServer, httpServer } from '../servers/http-server.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function prismServer(): Promise<string> {
  const engine = openMemoryEngine()
  const server = await listen(createApp(engine).fetch, { host: '127.0.0.1', port: 0 })
  closing.push(() => engine.close(), server.close)
  return server.address
}

/** Redirects every path to an address, which may depend on the path. */
async function redirector(status: number, to: (path: string) => string | undefined): Promise<HttpServer> {
  const server = await httpServer(({ path }, response) => {
    const location = to(path)
    response.writeHead(status, location === undefined ? {} : { Location: location }).end()
  })
  closing.push(server.close)
  return server
}

async function opened(options: Parameters<typeof open>[0]): Promise<Prism> {
  const prism = await open(options)
  closing.push(() => prism.close())
  return prism
}

describe.each([301, 302, 307, 308])('a redirect with status %i', (status) => {
  test('is followed with method, body and the headers of a condition', async () => {
    const address = await prismServer()
    const books = (await opened({ url: (await redirector(status, (path) => address + path)).address })).collection(
      'books',
    )

    await books.create({ schema: { fields: { title: 'text' } } })
    await books.put('a', { title: 'sea' }, { if_absent: true })
    await expect(books.put('a', { title: 'lost' }, { if_absent: true })).rejects.toMatchObject({
      code: 'version_conflict',
    })
    await books.patch('a', { year: 1904 })
    expect(await books.get('a')).toEqual({ id: 'a', title: 'sea', year: 1904 })
    expect((await books.list()).documents).toHaveLength(1)
    expect(await books.delete('a')).toMatchObject({ deleted: 1 })
  })

  test('within the same origin carries the token and the headers of the caller', async () => {
    const server = await httpServer(({ path }, response) => {
      if (path.startsWith('/prism/')) response.end('{"status":"ok","version":"1","collections":3,"uptime_s":1}')
      else response.writeHead(status, { Location: `/prism${path}` }).end()
    })
    closing.push(server.close)
    const prism = await opened({ url: server.address, token: 'secret', headers: { 'X-Team': 'search' } })

    expect((await prism.health()).collections).toBe(3)
    expect(server.arrived.map(({ path }) => path)).toEqual(['/health', '/prism/health'])
    for (const { headers } of server.arrived) {
      expect(headers).toMatchObject({ authorization: 'Bearer secret', 'x-team': 'search' })
    }
  })

  test.each([{ token: 'secret' }, { headers: { 'X-Api-Key': 'secret' } }])(
    'to another origin fails with %j, which that origin never sees',
    async (credentials) => {
      const other = await httpServer((_, response) => void response.end('{}'))
      closing.push(other.close)
      const first = await redirector(status, (path) => other.address + path)
      const prism = await opened({ url: first.address, ...credentials })

      const error = await prism
        .collection('books')
        .add([{ title: 'sea' }])
        .catch((thrown: unknown) => thrown)

      expect(error).toMatchObject({ name: 'InvalidRequestError', code: 'redirect_refused' })
      expect(String(error)).toContain(`${first.address} redirects to ${other.address}`)
      expect(String(error)).not.toContain('secret')
      expect(other.arrived).toEqual([])
    },
  )

  test('without end, without an address, or to something else than a server is an error that says so', async () => {
    const round = await redirector(status, (path) => path)
    const health = async (url: string) => (await opened({ url })).health()

    await expect(health(round.address)).rejects.toMatchObject({
      code: 'redirect_refused',
      message: `${round.address} redirects more than 5 times; nothing was done`,
    })
    expect(round.arrived).toHaveLength(6)
    for (const location of [undefined, 'ftp://127.0.0.1/', 'http://user:word@127.0.0.1/', 'http://[']) {
      const { address } = await redirector(status, () => location)

      await expect(health(address)).rejects.toMatchObject({
        code: 'redirect_refused',
        message: `${address} redirects, but not to an address of a server; nothing was done`,
      })
    }
  })
})

test('from an encrypted address leads to another one, never to one that is not', () => {
  const server = readServer({ url: 'https://search.example/api' })
  const next = (location: string) => nextAddress(server, new URL('https://search.example/api/health'), location).href

  expect(next('https://eu.search.example/health')).toBe('https://eu.search.example/health')
  expect(next('/v2/health')).toBe('https://search.example/v2/health')
  expect(next('v2')).toBe('https://search.example/api/v2')
  expect(() => next('http://search.example/health')).toThrow(
    'https://search.example redirects to http://search.example, which is not encrypted; nothing was done',
  )
})

test('to the same name but over TLS is another origin: the error says which address to open', () => {
  const server = readServer({ url: 'http://search.example', token: 'secret' })

  expect(() => nextAddress(server, new URL('http://search.example/health'), 'https://search.example/health')).toThrow(
    'open https://search.example if you trust it',
  )
})

test.each([300, 303, 304])('status %i is no redirect of an API, and no answer of Prism', async (status) => {
  const { address } = await redirector(status, () => '/elsewhere')
  const books = (await opened({ url: address })).collection('books')

  await expect(books.count()).rejects.toMatchObject({ name: 'InvalidRequestError', code: 'unexpected_answer' })
  await expect(books.add([{}])).rejects.toMatchObject({ name: 'InvalidRequestError', code: 'unexpected_answer' })
})

describe('an answer that is not Prism’s', () => {
  const LOGIN = '<!doctype html><title>Sign in</title>'
  const cases: [what: string, body: string, says: RegExp][] = [
    [
      'the page of a proxy that wants a login',
      LOGIN,
      /answered 200 without JSON: is it a Prism server, or does a proxy/,
    ],
    ['an empty body', '', /answered 200 without a body: is it a Prism server/],
    ['JSON that is cut short', '{"hits":[', /answered 200 without JSON/],
    ['an empty object', '{}', /with JSON that is not Prism's \(.*expected/],
    ['null', 'null', /with JSON that is not Prism's \(the answer: expected an object, got null\)/],
    ['a list', '[]', /with JSON that is not Prism's/],
    ['a text', '"ok"', /with JSON that is not Prism's/],
    [
      'the answer of another search engine',
      '{"hits":{"total":1,"hits":[]},"count":"1"}',
      /with JSON that is not Prism's/,
    ],
  ]
  test.each(cases)('%s is an error that says so, for every method', async (_, body, says) => {
    const server = await httpServer((_request, response) => void response.end(body))
    closing.push(server.close)
    const prism = await opened({ url: server.address })
    const books = prism.collection<{ id: string; n?: number }>('books')

    const reads = [
      () => prism.health(),
      () => prism.collections(),
      () => books.info(),
      () => books.analyze({ text: 'sea' }),
      () => books.get('a'),
      () => books.getVersioned('a'),
      () => books.list(),
      () => books.search({ query: 'sea' }),
      () => books.count(),
      () => books.snapshots(),
    ]
    const writes = [
      () => books.create(),
      () => books.update({}),
      () => books.drop(),
      () => books.add([{ n: 1 }]),
      () => books.write([{ delete: 'a' }]),
      () => books.put('a', { n: 1 }),
      () => books.patch('a', { n: 1 }),
      () => books.delete('a'),
      () => books.deleteIf('a', { if_present: true }),
      () => books.deleteWhere({}),
      () => books.updateWhere({}, { n: 1 }),
      () => books.snapshot('one'),
      () => books.dropSnapshot('one'),
      () => books.branch('more'),
      () => books.restore({ snapshot: 'one' }),
    ]
    for (const [calls, name] of [
      [reads, 'InvalidRequestError'],
      [writes, 'OutcomeUnknownError'],
    ] as const) {
      for (const call of calls) {
        const error: unknown = await call().catch((thrown: unknown) => thrown)

        expect(error, String(call)).toMatchObject({
          name,
          code: 'unexpected_answer',
          message: expect.stringMatching(says),
        })
        expect(String(error)).toContain(server.address)
      }
    }
  })

  test.each([500, 502, 503, 504])('with status %i leaves the outcome of a write unknown', async (status) => {
    const server = await httpServer(
      (_, response) => void response.writeHead(status).end('{"message":"Service Unavailable"}'),
    )
    closing.push(server.close)
    const books = (await opened({ url: server.address })).collection('books')

    await expect(books.add([{}])).rejects.toMatchObject({ name: 'OutcomeUnknownError', code: 'unexpected_answer' })
    await expect(books.count()).rejects.toMatchObject({ name: 'UnavailableError', code: 'unexpected_answer' })
  })

  test.each([401, 403])('with status %i asks for a token or headers', async (status) => {
    const server = await httpServer((_, response) => void response.writeHead(status).end(LOGIN))
    closing.push(server.close)
    const books = (await opened({ url: server.address })).collection('books')

    await expect(books.add([{}])).rejects.toMatchObject({
      name: 'InvalidRequestError',
      message: `${server.address} answered ${status} without an error of Prism's: a proxy may want a token or headers`,
    })
  })
})

describe('headers and a token', () => {
  test('are sent with every request, and never to the address of an upload', async () => {
    const store = await httpServer((_, response) => void response.end())
    const server = await httpServer(({ path, body }, response) => {
      if (path.endsWith('/uploads')) {
        response.end(JSON.stringify({ upload: 'u', url: `${store.address}/u`, expires_at: 'soon', maximum_bytes: 9 }))
      } else if (body.includes('"documents"')) {
        response.writeHead(413).end('{"message":"Request Too Long"}')
      } else response.end('{"indexed":1,"failed":0,"errors":[],"ids":["a"],"warnings":[],"session":"s"}')
    })
    closing.push(store.close, server.close)
    const prism = await opened({ url: server.address, token: 'secret', headers: { 'X-Team': ' search ' } })

    expect(await prism.collection('books').add([{ id: 'a' }])).toMatchObject({ indexed: 1 })
    expect(server.arrived).toHaveLength(3)
    for (const { headers } of server.arrived) {
      expect(headers).toMatchObject({ authorization: 'Bearer secret', 'x-team': 'search' })
    }
    expect(store.arrived.map(({ body }) => body)).toEqual(['{"documents":[{"id":"a"}]}'])
    expect(store.arrived[0]!.headers).not.toHaveProperty('authorization')
    expect(store.arrived[0]!.headers).not.toHaveProperty('x-team')
  })

  test.each([
    [{ headers: 'a: b' }, 'headers: expected an object whose values are strings, got the string "a: b"'],
    [{ headers: { a: 1 } }, 'headers: expected an object whose values are strings, got an object'],
    [{ headers: { 'a b': 'c' } }, '"a b" is no name of a header'],
    [{ headers: { a: 'secret\r\nb: c' } }, 'the value of the header a must be visible ASCII characters'],
    [{ headers: { a: '' } }, 'the value of the header a must be visible ASCII characters'],
    [{ headers: { 'Content-Type': 'text/csv' } }, 'the header content-type is not for callers to set'],
    [{ headers: { Host: 'a.example' } }, 'the header host is not for callers to set'],
    [{ headers: { 'IF-Match': '*' } }, 'the header if-match is not for callers to set'],
    [{ headers: { 'X-A': '1', 'x-a': '2' } }, 'the header x-a is given twice'],
    [
      { headers: { authorization: 'Basic secret' }, token: 'secret' },
      'the header authorization is given twice; a token',
    ],
    [{ headers: { a: 'x'.repeat(8_192) } }, 'headers may have at most 8192 bytes, got 8193'],
    [{ token: 'two secrets' }, 'a token consists of visible ASCII characters'],
    [{ token: '' }, 'token: expected at least 1 character'],
    [{ url: 'http://me:secret@127.0.0.1' }, 'not with a name or password: send them as headers'],
    [{ url: 'http://127.0.0.1/?key=secret' }, 'expected an address such as http://127.0.0.1:3080, without ? and #'],
    [{ url: 'http://[' }, 'expected an address such as http://127.0.0.1:3080, got "http://["'],
  ])('%j are refused by open, without repeating what is secret', async (options, message) => {
    const error = await open({ url: 'http://127.0.0.1:1', ...(options as object) }).catch((thrown: unknown) => thrown)

    expect(error).toMatchObject({ name: 'InvalidRequestError', message: expect.stringContaining(message) })
    expect(String(error)).not.toContain('secret')
  })

  test('are for a server only', async () => {
    await expect(open({ data: 'nowhere', token: 'secret' } as never)).rejects.toMatchObject({ code: 'unknown_field' })
  })
})

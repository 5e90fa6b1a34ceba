import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type Api, type Call, collectionOf, expectError, newName } from './client.ts'
import type { Front } from './front.ts'

const MEGABYTE = 1024 * 1024
const utf8 = new TextEncoder()

/** Requests that HTTP, JSON or a shape refuses, whatever the engine thinks. */
export function describeRefusals(api: () => Api, call: Call, front: Front): void {
  describe('routes', () => {
    test('an unknown route is a 404 in JSON', async () => {
      expectError(
        await call('GET', '/nowhere'),
        404,
        'route_not_found',
        'no route GET "/nowhere"; /docs lists all routes',
      )
    })

    test('a wrong method is a 405 that names the right ones', async () => {
      const answer = await call('DELETE', '/health')

      expectError(answer, 405, 'method_not_allowed')
      expect(answer.headers.get('allow')).toBe('GET')
      expectError(await call('PATCH', '/collections/x/search', {}), 405)
    })

    test('a path that is not percent-encoded UTF-8 is a 400', async () => {
      const name = await collectionOf(call, [])

      const [notUtf8, notEncoded] = [
        await call('GET', `/collections/${name}/documents/%ff`),
        await call('GET', `/collections/${name}/documents/%4`),
      ]

      expect([notUtf8.status, notEncoded.status]).toEqual([400, 400])
      if (front.paths === 'decoded_twice') return
      expectError(notUtf8, 400, 'malformed_path', '%ff')
      expectError(notEncoded, 400, 'malformed_path')
    })

    test('an unknown parameter is a 400 that names it and what was probably meant', async () => {
      const name = await collectionOf(call, [])

      expectError(
        await call('GET', `/collections/${name}/search?query=sea`),
        400,
        'unknown_field',
        'unknown parameter "query"; the parameters are q, ',
      )
      expectError(
        await call('GET', `/collections/${name}?limit=1`),
        400,
        'unknown_field',
        'unknown parameter "limit": this route takes none',
      )
      expectError(
        await call('GET', `/collections/${name}/search?limits=3`),
        400,
        'unknown_field',
        'did you mean "limit"',
      )
      expectError(await call('GET', `/collections/${name}/search?limit=1&limit=2`), 400, 'invalid_request', 'limit')
    })
  })

  describe('bodies', () => {
    test('malformed JSON is a 400 that names the place', async () => {
      const answer = await call('POST', `/collections/${newName()}/search`, '{"query": "sea",\n  "limit": }')

      expectError(answer, 400, undefined, /line 2|offset|position|character|column/)
    })

    test.each([
      ['bytes that are not UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)],
      ['two values', '{} {}'],
      ['a number that overflows', '{"limit": 1e999}'],
      ['an integer beyond 2^53', '{"limit": 9007199254740993}'],
      ['a cut-off value', '{"query": "se'],
    ])('%s is a 400', async (_, body) => {
      const name = await collectionOf(call, [])

      expectError(await call('POST', `/collections/${name}/search`, body), 400)
    })

    test.each([
      ['text/plain'],
      ['application/x-www-form-urlencoded'],
      ['text/csv'],
      ['application/json; charset=latin1'],
    ])('%s is a 415', async (type) => {
      const name = await collectionOf(call, [])

      expectError(await call('POST', `/collections/${name}/search`, '{}', { 'Content-Type': type }), 415)
    })

    test('an unknown content-encoding is a 415', async () => {
      const name = await collectionOf(call, [])

      expectError(await call('POST', `/collections/${name}/search`, '{}', { 'Content-Encoding': 'br' }), 415)
    })

    test('gzip is unpacked', async () => {
      const name = await collectionOf(call, [])
      const body = new Uint8Array(gzipSync(JSON.stringify({ documents: [{ id: 'a' }] })))
      const answer = await call('POST', `/collections/${name}/documents`, body, { 'Content-Encoding': 'gzip' })

      expect(answer.body).toMatchObject({ indexed: 1, failed: 0 })
    })

    test('broken gzip is a 400', async () => {
      const name = await collectionOf(call, [])
      const whole = gzipSync(JSON.stringify({ documents: [] }))
      for (const body of ['{}', new Uint8Array(whole.subarray(0, whole.length - 6))]) {
        expectError(
          await call('POST', `/collections/${name}/documents`, body, { 'Content-Encoding': 'gzip' }),
          400,
          'malformed_gzip',
          'the body is not gzip, although its Content-Encoding says so',
        )
      }
    })

    test('a body over 32 MB is a 413 that names the limit, and nothing is written', async () => {
      const name = await collectionOf(call, [])
      const document = `{"id":"a","text":"${'x'.repeat(1000)}"}\n`
      const body = utf8.encode(document.repeat(Math.ceil((32 * MEGABYTE + 1) / document.length)))
      const type = { 'Content-Type': 'application/x-ndjson' }
      const answer = await call('POST', `/collections/${name}/documents`, body, type)

      expect(answer.status).toBe(413)
      if (front.largeBodies === 'engine') expectError(answer, 413, 'body_too_large', /33554432/)
      expect((await call('GET', `/collections/${name}`)).body.documents).toBe(0)
    })

    test('a small body that unpacks to more than 32 MB is a 413', async () => {
      const name = await collectionOf(call, [])
      const bomb = new Uint8Array(gzipSync(Buffer.alloc(33 * MEGABYTE, 0x20)))
      const answer = await call('POST', `/collections/${name}/documents`, bomb, { 'Content-Encoding': 'gzip' })

      expectError(answer, 413, 'body_too_large')
    })

    test('a stream without a length is bounded as well', async () => {
      const name = await collectionOf(call, [])
      const chunk = new Uint8Array(MEGABYTE).fill(0x20)
      let sent = 0
      const body = new ReadableStream({
        pull(controller) {
          if (++sent > 64) controller.close()
          else controller.enqueue(chunk)
        },
      })
      const headers = { 'Content-Type': 'application/json' }
      const request = { method: 'POST', body, headers, duplex: 'half' }
      const response = await api()
        .fetch(`/collections/${name}/documents`, request as RequestInit)
        .catch(() => undefined)

      // A server may answer and hang up before it was sent everything: then the client may see a broken pipe.
      if (response !== undefined) expect(response.status).toBe(413)
      expect(sent).toBeLessThan(64)
    })
  })

  describe('shapes', () => {
    test('an unknown field is a 400 that names it and what was probably meant', async () => {
      const name = await collectionOf(call, [])
      const answer = await call('POST', `/collections/${name}/search`, { qeury: 'sea' })

      expectError(answer, 400, 'unknown_field', /"qeury".*did you mean "query"/)
      expectError(
        await call('POST', `/collections/${name}/search`, { query: { match: 'a', slop: 1 } }),
        400,
        'unknown_field',
      )
      expectError(await call('PUT', `/collections/${newName()}`, { shard: 2 }), 400, 'unknown_field', '"shards"')
      expectError(await call('POST', `/collections/${name}/documents`, { document: [] }), 400, undefined, /document/)
    })

    test('a value of the wrong type is a 400 that says where, what was expected and what was found', async () => {
      const name = await collectionOf(call, [])
      const answer = await call('POST', `/collections/${name}/search`, { limit: '10' })

      expectError(answer, 400, 'invalid_request', 'limit: expected a number, got the string "10"')
      expect(answer.body.error.details).toEqual({ path: 'limit', expected: 'a number', found: 'the string "10"' })
    })

    test.each([
      [
        'documents',
        { id: 'a', title: 'x' },
        'expected an object with "documents" or "operations" or "upload", got an object with "id", "title"',
      ],
      ['documents', {}, 'got an empty object'],
      ['documents', '"x"', 'expected an object or a list, got the string "x"'],
      [
        'documents',
        { operations: [{ id: 'a' }] },
        'operations[0]: expected an object with "put" or "patch" or "delete"',
      ],
      ['documents/delete', {}, 'the request: expected an object with "ids" or "filter", got an empty object'],
      ['documents/delete', { id: 'a' }, 'unknown field "id" in the request; did you mean "ids"?'],
      ['documents/get', { id: 'a' }, 'unknown field "id" in the request; did you mean "ids"?'],
    ])('the body of %s cannot be %j', async (path, body, message) => {
      const name = await collectionOf(call, [])

      const answer = await call('POST', `/collections/${name}/${path}`, body)

      expectError(answer, 400)
      expect(answer.body.error.message).toContain(message)
    })

    test.each([
      [{ fuzziness: 3 }, 'fuzziness: expected one of "none", "auto", 1, 2, got 3'],
      [{ total: 'all' }, 'total: expected true or false or a number, got the string "all"'],
      [{ total: -1 }, 'total: expected at least 0, got -1'],
      [{ query: 5 }, 'query: expected a string or an object, got 5'],
      [
        { query: { text: 'a' } },
        'unknown field "text" in query; the fields are match, operator, fuzziness, prefix_last',
      ],
      [{ session: 'abc' }, 'session: expected the session of an earlier answer, got "abc"'],
      [{ at_version: [1, 2] }, 'at_version must have one version per shard, 1 in all, got 2'],
    ])('the search %j is told what is allowed', async (request, message) => {
      const name = await collectionOf(call, [], { shards: 1 })

      const { body } = await call('POST', `/collections/${name}/search`, request)

      expect(body.error.message).toBe(message)
    })

    test('a cursor is the cursor of an earlier answer', async () => {
      const name = await collectionOf(call, [])

      for (const path of [`/collections/${name}/documents?cursor=abc`, '/collections?cursor=abc']) {
        expectError(
          await call('GET', path),
          400,
          'invalid_cursor',
          'expected the cursor of an earlier answer, got "abc"',
        )
      }
    })

    test('a number is at least one item', async () => {
      const { body } = await call('POST', '/multi_search', { searches: [] })

      expect(body.error.message).toBe('searches: expected at least 1 item, got a list of 0')
    })

    test.each([
      [{ limit: -1 }],
      [{ limit: 1.5 }],
      [{ limit: null }],
      [{ offset: -1 }],
      [{ query: 3 }],
      [{ query: { match: 3 } }],
      [{ query: {} }],
      [{ fields: 'title' }],
      [{ fields: [1] }],
      [{ operator: 'xor' }],
      [{ fuzziness: 3 }],
      [{ filter: [] }],
      [{ sort: '-year' }],
      [{ total: -1 }],
      [{ total: 'yes' }],
      [{ consistency: 'strongest' }],
      [{ max_staleness_ms: -1 }],
      [{ explain: 1 }],
      [{ include: 'title' }],
      [[]],
      [null],
      ['text'],
      [7],
    ])('the search %j is a 400', async (request) => {
      const name = await collectionOf(call, [])

      expectError(await call('POST', `/collections/${name}/search`, JSON.stringify(request)), 400)
    })

    test.each([
      [{ limit: 1001 }, /1000/],
      [{ limit: 10, offset: 9_991 }, /10,?000/],
    ])('the search %j is over a limit, which the answer names', async (request, limit) => {
      const name = await collectionOf(call, [])

      expectError(await call('POST', `/collections/${name}/search`, request), 413, undefined, limit)
    })

    test.each([
      [{ vector: { field: 'embedding', values: [0.1], k: 100 } }],
      [{ hybrid: { fusion: 'rrf' } }],
      [{ aggs: { by_year: { histogram: { field: 'year', interval: 10 } } } }],
      [{ highlight: { fields: ['text'] } }],
      [{ cursor: 'x' }],
    ])('%j is answered with not_supported, never ignored', async (request) => {
      const name = await collectionOf(call, [{ id: 'a', year: 1 }])

      expectError(
        await call('POST', `/collections/${name}/search`, request),
        400,
        'not_supported',
        Object.keys(request)[0],
      )
    })

    test('what is not supported may be null', async () => {
      const name = await collectionOf(call, [])
      const nothing = { cursor: null, vector: null, hybrid: null, aggs: null, highlight: null }

      expect((await call('POST', `/collections/${name}/search`, nothing)).status).toBe(200)
    })

    test('no body at all is an empty search, but no batch', async () => {
      const name = await collectionOf(call, [])

      expect((await call('POST', `/collections/${name}/search`)).status).toBe(200)
      expectError(await call('POST', `/collections/${name}/documents`), 400)
      expectError(await call('PUT', `/collections/${name}/documents/a`), 400)
    })

    test('the parameters of GET are held to the same shapes', async () => {
      const name = await collectionOf(call, [])

      for (const query of ['limit=ten', 'limit=-1', 'offset=1.5', 'filter={', 'filter=[]', 'fields=a,,b', 'filter=1']) {
        expectError(await call('GET', `/collections/${name}/search?${query}`), 400, undefined, query.split('=')[0])
      }
    })
  })
}

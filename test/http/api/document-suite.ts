import { describe, expect, test } from 'vitest'
import { type Call, collectionOf, expectError, idsOf, newName } from './client.ts'
import type { Front } from './front.ts'

const NDJSON = { 'Content-Type': 'application/x-ndjson' }

/** Ids that a path, a shell or a database might trip over. */
const AWKWARD_IDS = [
  'a/b',
  '../x',
  'a b',
  '%41',
  '100%',
  '?x#y',
  'é',
  '🐳',
  '\u0000\u0001\n',
  '"',
  '\\',
  'get',
  'delete',
  '+',
  'a;b,c',
]

export function describeDocuments(call: Call, { paths }: Front): void {
  const at = (name: string, id: string) => `/collections/${name}/documents/${encodeURIComponent(id)}`

  describe('writing', () => {
    test('documents come as a list with a name, as a bare list, or one a line', async () => {
      const name = await collectionOf(call, [])
      const path = `/collections/${name}/documents`
      const answers = [
        await call('POST', path, { documents: [{ id: 'a' }] }),
        await call('POST', path, [{ id: 'b' }]),
        await call('POST', path, '{"id":"c"}\r\n\n  {"id":"d"}', NDJSON),
      ]

      expect(answers.map(({ status, body }) => [status, body.indexed, body.failed])).toEqual([
        [200, 1, 0],
        [200, 1, 0],
        [200, 2, 0],
      ])
      expect(answers[0]!.body).toMatchObject({ errors: [], warnings: [], session: expect.any(String) })
      expect(await idsOf(call, name, {})).toEqual(['a', 'b', 'c', 'd'])
    })

    test('a document without an id gets one', async () => {
      const name = await collectionOf(call, [{ title: 'sea' }])
      const { body } = await call('GET', `/collections/${name}/documents`)

      expect(body.documents).toEqual([{ id: expect.stringMatching(/^\S+$/), title: 'sea' }])
    })

    test('an id may be an integer: it is the id of its decimal digits', async () => {
      const name = await collectionOf(call, [], { schema: { fields: { id: 'keyword' } } })
      const batch = [{ id: 7, n: 1 }, { id: -7 }, { n: 2, id: 9_007_199_254_740_991 }]
      const { body } = await call('POST', `/collections/${name}/documents`, batch)
      const put = await call('PUT', at(name, '8'), { id: 8, n: 8 })
      await call('PATCH', at(name, '8'), { id: 8, m: 1 })
      const operations = [{ put: { id: 9 } }, { patch: { id: 9, n: 9 }, id: '9' }]
      const ordered = await call('POST', `/collections/${name}/documents`, { operations })
      const wrong = await call('PUT', at(name, '8'), { id: 9 })

      expect(body).toMatchObject({ indexed: 3, failed: 0, warnings: [] })
      expect(put.body).toMatchObject({ id: '8', created: true })
      expect(ordered.body).toMatchObject({ failed: 0, results: [{ id: '9' }, { id: '9', status: 'patched' }] })
      expectError(wrong, 400, 'invalid_id', 'the number 9')
      expect((await call('GET', at(name, '7'))).body).toEqual({ id: '7', n: 1 })
      expect((await call('GET', at(name, '8'))).body).toEqual({ id: '8', n: 8, m: 1 })
      expect(await idsOf(call, name, { sort: ['id'] })).toEqual(['-7', '7', '8', '9', '9007199254740991'])
    })

    test('the same id again replaces the document', async () => {
      const name = await collectionOf(call, [{ id: 'a', title: 'sea' }])
      await call('POST', `/collections/${name}/documents`, [{ id: 'a', title: 'wind' }])

      expect(await idsOf(call, name, { query: 'sea' })).toEqual([])
      expect(await idsOf(call, name, { query: 'wind' })).toEqual(['a'])
      expect((await call('GET', `/collections/${name}`)).body.documents).toBe(1)
    })

    test('of the same id twice in a batch the last wins', async () => {
      const name = newName()
      await call('POST', `/collections/${name}/documents`, [
        { id: 'a', n: 1 },
        { id: 'b', n: 2 },
        { id: 'a', n: 3 },
      ])

      expect((await call('GET', at(name, 'a'))).body).toEqual({ id: 'a', n: 3 })
      expect((await call('GET', `/collections/${name}`)).body.documents).toBe(2)
    })

    test('an empty batch writes nothing and is no error', async () => {
      const name = await collectionOf(call, [])
      const { status, body } = await call('POST', `/collections/${name}/documents`, [])

      expect(status).toBe(200)
      expect(body).toMatchObject({ indexed: 0, failed: 0, errors: [] })
    })

    test('a document is answered as an equal JSON value', async () => {
      const document = {
        id: 'a',
        text: 'é 🐳 \u0000 \ud83d\ude00 "\\',
        numbers: [0.1, -1e-7, 1e300, 9007199254740991, 0],
        nested: { empty: {}, list: [[], [null, true, { '': 'x' }]] },
        'dotted.name': 'kept as it is',
        nothing: null,
      }
      const name = await collectionOf(call, [document])

      expect((await call('GET', at(name, 'a'))).body).toEqual(document)
    })

    test('one bad document fails alone and is named', async () => {
      const name = newName()
      const documents = [{ id: 'a' }, { id: 7.5 }, 'text', { id: '' }, { id: 'e' }, null, [], { id: 'x'.repeat(513) }]
      const { status, body } = await call('POST', `/collections/${name}/documents`, { documents })

      expect(status).toBe(200)
      expect(body).toMatchObject({ indexed: 2, failed: 6 })
      expect(body.errors.map((error: { position: number }) => error.position)).toEqual([1, 2, 3, 5, 6, 7])
      for (const { error } of body.errors)
        expect(error).toMatchObject({ code: expect.any(String), message: expect.any(String) })
      expect(await idsOf(call, name, {})).toEqual(['a', 'e'])
    })

    test('a line that is no JSON fails alone and is named by its line', async () => {
      const name = newName()
      const { status, body } = await call(
        'POST',
        `/collections/${name}/documents`,
        '{"id":"a"}\n\n{"id":\n{"id":"b"}\n{"id":1.5}',
        NDJSON,
      )

      expect(status).toBe(200)
      expect(body).toMatchObject({ indexed: 2, failed: 2, errors: [{ position: 1, id: null }, { position: 3 }] })
      expect(body.errors[0].error.message).toBe('line 3 is not valid JSON at column 7: expected a value, found the end')
    })

    test('numbers that overflow and integers beyond 2^53 are refused, and nothing is written of that document', async () => {
      for (const number of ['1e999', '-1e999', '9007199254740993', '123456789012345678901234567890']) {
        const name = await collectionOf(call, [])
        const { status, body } = await call(
          'POST',
          `/collections/${name}/documents`,
          `{"id":"a","n":${number}}`,
          NDJSON,
        )

        if (status === 200) expect(body).toMatchObject({ indexed: 0, failed: 1 })
        else expect(status).toBe(400)
        expectError(await call('PUT', at(name, 'a'), `{"n":${number}}`), 400)
        expect(await idsOf(call, name, {})).toEqual([])
      }
    })

    test('a document over 1 MB fails alone', async () => {
      const name = newName()
      const documents = [
        { id: 'big', text: 'x'.repeat(1024 * 1024) },
        { id: 'small', text: 'x' },
      ]
      const { body } = await call('POST', `/collections/${name}/documents`, { documents })

      expect(body).toMatchObject({ indexed: 1, failed: 1, errors: [{ position: 0, id: 'big' }] })
      expect(body.errors[0].error.message).toMatch(/1,?048,?576|1 MB/)
    })

    test('a batch over 10,000 documents is a 413, and nothing is written', async () => {
      const name = await collectionOf(call, [])
      const documents = Array.from({ length: 10_001 }, (_, i) => ({ id: `${i}` }))

      expectError(await call('POST', `/collections/${name}/documents`, documents), 413, undefined, /10,?000/)
      const lines = documents.map((document) => JSON.stringify(document)).join('\n')
      expectError(await call('POST', `/collections/${name}/documents`, lines, NDJSON), 413, undefined, /10,?000/)
      expect((await call('GET', `/collections/${name}`)).body.documents).toBe(0)
    })

    test('a document may be 512 bytes of id', async () => {
      const id = 'é'.repeat(256)
      const name = await collectionOf(call, [{ id }])

      expect((await call('GET', at(name, id))).body).toEqual({ id })
      expect((await call('PUT', at(name, `${id}x`), {})).status).toBe(400)
    })

    test('with an idempotency key, asking again makes the same ids', async () => {
      const name = await collectionOf(call, [])
      const key = { 'Idempotency-Key': `key-${name}` }
      for (let i = 0; i < 3; i++) await call('POST', `/collections/${name}/documents`, [{ n: 1 }, { n: 2 }], key)
      await call('POST', `/collections/${name}/documents`, [{ n: 1 }, { n: 2 }])

      expect((await call('GET', `/collections/${name}`)).body.documents).toBe(4)
    })
  })

  describe('one document', () => {
    test('put says whether it made or replaced', async () => {
      const name = await collectionOf(call, [])
      const first = await call('PUT', at(name, 'a'), { title: 'sea' })
      const second = await call('PUT', at(name, 'a'), { id: 'a', title: 'wind' })

      expect([first.status, second.status]).toEqual([200, 200])
      expect(first.body).toMatchObject({ id: 'a', created: true, session: expect.any(String) })
      expect(second.body).toMatchObject({ id: 'a', created: false })
      expect((await call('GET', at(name, 'a'))).body).toEqual({ id: 'a', title: 'wind' })
    })

    test('the id in the body has to be the one in the path', async () => {
      const name = await collectionOf(call, [])

      expectError(await call('PUT', at(name, 'a'), { id: 'b' }), 400, undefined, 'b')
      expectError(await call('PUT', at(name, 'a'), [1]), 400)
      expectError(await call('PUT', at(name, 'a'), '"text"'), 400)
      expect(await idsOf(call, name, {})).toEqual([])
    })

    test('a document that does not fit is a 400', async () => {
      const name = await collectionOf(call, [], { schema: { fields: { year: 'integer' } } })

      expectError(await call('PUT', at(name, 'a'), { year: 'soon' }), 400, undefined, 'year')
    })

    test('what is not there is a 404 with the id', async () => {
      const name = await collectionOf(call, [])

      expectError(await call('GET', at(name, 'nope')), 404, 'document_not_found', 'nope')
      expectError(await call('GET', `${at(name, 'nope')}?session=x`), 400, undefined, 'session')
    })

    test.each(AWKWARD_IDS)('the id %j is taken as it is', async (id) => {
      const name = await collectionOf(call, [])
      const isInPaths = paths === 'as_sent' || !/[%?]/.test(id)
      if (isInPaths) await call('PUT', at(name, id), { title: 'sea' })
      else await call('POST', `/collections/${name}/documents`, [{ id, title: 'sea' }])

      if (isInPaths) expect((await call('GET', at(name, id))).body).toEqual({ id, title: 'sea' })
      expect((await call('POST', `/collections/${name}/documents/get`, { ids: [id] })).body.documents).toEqual([
        { id, title: 'sea' },
      ])
      expect(await idsOf(call, name, { query: 'sea' })).toEqual([id])
      const deleted = isInPaths
        ? await call('DELETE', at(name, id))
        : await call('POST', `/collections/${name}/documents/delete`, { ids: [id] })
      expect(deleted.body.deleted).toBe(1)
    })
  })

  describe('reading', () => {
    test('several are answered in the order asked for, null where there is none', async () => {
      const name = await collectionOf(call, [{ id: 'a' }, { id: 'b' }])
      const { body } = await call('POST', `/collections/${name}/documents/get`, { ids: ['b', 'x', 'a', 'b'] })

      expect(body).toEqual({ documents: [{ id: 'b' }, null, { id: 'a' }, { id: 'b' }] })
    })

    test('the list has all documents in id order, a page at a time', async () => {
      const ids = ['b', 'é', 'a', '🐳', 'B', '10', '9', '\uffff']
      const name = await collectionOf(
        call,
        ids.map((id) => ({ id })),
        { shards: 3 },
      )
      const listed: string[] = []
      let cursor: string | null = null
      for (let pages = 0; pages < 10; pages++) {
        const page = await call(
          'GET',
          `/collections/${name}/documents?limit=3${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
        )
        expect(page.body.documents.length).toBeLessThanOrEqual(3)
        listed.push(...page.body.documents.map((document: { id: string }) => document.id))
        cursor = page.body.cursor
        if (cursor === null) break
      }

      expect(cursor).toBeNull()
      expect(listed).toEqual(['10', '9', 'B', 'a', 'b', 'é', '\uffff', '🐳'])
    })

    test('a cursor that no list gave is a 400', async () => {
      const name = await collectionOf(call, [{ id: 'a' }])

      expectError(await call('GET', `/collections/${name}/documents?cursor=%F0%9F%90%B3`), 400, undefined, 'cursor')
      expectError(await call('GET', `/collections/${name}/documents?limit=0`), 400)
    })
  })

  describe('deleting', () => {
    test('a document is deleted once', async () => {
      const name = await collectionOf(call, [
        { id: 'a', title: 'sea' },
        { id: 'b', title: 'sea' },
      ])
      const answers = [await call('DELETE', at(name, 'a')), await call('DELETE', at(name, 'a'))]

      expect(answers.map(({ status, body }) => [status, body.deleted])).toEqual([
        [200, 1],
        [200, 0],
      ])
      expect(answers[0]!.body.session).toBeTypeOf('string')
      expect(await idsOf(call, name, { query: 'sea' })).toEqual(['b'])
      expectError(await call('GET', at(name, 'a')), 404)
    })

    test('several are deleted by id; those that are not there do not count', async () => {
      const name = await collectionOf(call, [{ id: 'a' }, { id: 'b' }, { id: 'c' }])
      const { body } = await call('POST', `/collections/${name}/documents/delete`, { ids: ['a', 'c', 'x', 'a'] })

      expect(body.deleted).toBe(2)
      expect(await idsOf(call, name, {})).toEqual(['b'])
    })

    test('by filter: exactly what matches', async () => {
      const documents = Array.from({ length: 30 }, (_, i) => ({ id: `${i}`, n: i }))
      const name = await collectionOf(call, documents, { shards: 2 })
      const { body } = await call('POST', `/collections/${name}/documents/delete`, { filter: { n: { gte: 10 } } })

      expect(body).toMatchObject({ deleted: 20, session: expect.any(String) })
      expect((await call('POST', `/collections/${name}/count`, {})).body.count).toBe(10)
    })

    test('neither, both, or something else is a 400', async () => {
      const name = await collectionOf(call, [{ id: 'a' }])

      for (const body of [{}, { ids: ['a'], filter: {} }, { id: 'a' }, { ids: 'a' }, { ids: [1.5] }, []]) {
        expectError(await call('POST', `/collections/${name}/documents/delete`, body), 400)
      }
      expect(await idsOf(call, name, {})).toEqual(['a'])
    })
  })
}

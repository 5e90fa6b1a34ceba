import { describe, expect, test } from 'vitest'
import { type Call, collectionOf, expectError, idsOf, type Json, newName, search } from './client.ts'

const NDJSON = { 'Content-Type': 'application/x-ndjson' }

/** What the contract says of ids: integers stand for their decimal digits, and answers name the ids that the server made. */
export function describeIds(call: Call): void {
  const list = (name: string) => `/collections/${name}/documents`
  const read = async (name: string): Promise<Json[]> => (await call('GET', list(name))).body.documents

  describe('ids', () => {
    test('may be integers, which are answered as strings', async () => {
      const name = newName()
      const json = await call('POST', list(name), {
        documents: [
          { id: 42, n: 1 },
          { n: 2, id: -7 },
        ],
      })
      const lines = await call('POST', list(name), '{"id":0}\n{"id":9007199254740991}\n{"id":-0}\n{"id":1e3}', NDJSON)
      const put = await call('PUT', `${list(name)}/8`, { id: 8, n: 3 })

      expect(json.body).toMatchObject({ indexed: 2, failed: 0, ids: ['42', '-7'] })
      expect(lines.body).toMatchObject({ indexed: 4, failed: 0, ids: ['0', '9007199254740991', '0', '1000'] })
      expect(put.body).toMatchObject({ id: '8', created: true })
      expect(await read(name)).toEqual([
        { n: 2, id: '-7' },
        { id: '0' },
        { id: '1000' },
        { id: '42', n: 1 },
        { id: '8', n: 3 },
        { id: '9007199254740991' },
      ])
    })

    test('as an integer and as the string of its digits are the same id', async () => {
      const name = await collectionOf(call, [{ id: '5', n: 1 }])
      const first = await call('GET', `${list(name)}/5`)
      await call('POST', list(name), [{ id: 5, n: 1 }])
      const again = await call('GET', `${list(name)}/5`)
      await call('POST', list(name), [{ id: 5, n: 2 }])

      expect(again.headers.get('etag')).toBe(first.headers.get('etag'))
      expect(await read(name)).toEqual([{ id: '5', n: 2 }])
    })

    test('may be integers in operations, patches, reads and deletions', async () => {
      const name = await collectionOf(call, [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }, { id: 5 }])
      const operations = [{ put: { id: 1, n: 1 } }, { patch: { id: 2, n: 2 }, id: 2 }, { delete: 3 }]
      const written = await call('POST', list(name), { operations })
      const patched = await call('PATCH', `${list(name)}/4`, { id: 4, n: 4 })
      const got = await call('POST', `${list(name)}/get`, { ids: [4, '2', 3, 1] })
      const deleted = await call('POST', `${list(name)}/delete`, { ids: [5, '4', 99] })

      expect(written.body.results).toMatchObject([
        { id: '1', status: 'replaced' },
        { id: '2', status: 'patched' },
        { id: '3', status: 'deleted' },
      ])
      expect(patched.body).toMatchObject({ id: '4', changed: true })
      expect(got.body.documents).toEqual([{ id: '4', n: 4 }, { id: '2', n: 2 }, null, { id: '1', n: 1 }])
      expect(deleted.body.deleted).toBe(2)
      expect(await read(name)).toEqual([
        { id: '1', n: 1 },
        { id: '2', n: 2 },
      ])
    })

    test.each([[{}], [{ id: 'keyword' }]])(
      'may be integers in filters, where the schema declares %j',
      async (fields) => {
        const name = await collectionOf(call, [{ id: 1 }, { id: 2 }, { id: 10 }, { id: 'a' }], { schema: { fields } })
        const matched = (filter: Json) => idsOf(call, name, { filter })

        expect(await matched({ id: 10 })).toEqual(['10'])
        expect(await matched({ id: [2, '1', 3] })).toEqual(['1', '2'])
        expect(await matched({ id: { ne: 2 } })).toEqual(['1', '10', 'a'])
        expect(await matched({ not: { id: { in: [1, 10] } } })).toEqual(['2', 'a'])
        if ('id' in fields) expect(await matched({ id: { gt: 1, lte: 2 } })).toEqual(['10', '2'])
        expectError(await search(call, name, { filter: { id: 1.5 } }), 400, 'invalid_filter', /filter\.id/)
        expect((await call('POST', `${list(name)}/delete`, { filter: { id: 10 } })).body.deleted).toBe(1)
        expect((await call('POST', `${list(name)}/update`, { filter: { id: 2 }, patch: { n: 2 } })).body.updated).toBe(
          1,
        )
        expect(await read(name)).toEqual([{ id: '1' }, { id: '2', n: 2 }, { id: 'a' }])
      },
    )

    test('that are no integers and no strings are refused where they stand', async () => {
      const name = await collectionOf(call, [{ id: '1' }])
      const bad = [1.5, true, {}, ['a'], 2 ** 53, 1e300]
      const { body } = await call(
        'POST',
        list(name),
        bad.map((id) => ({ id })),
      )

      expect(body).toMatchObject({ indexed: 0, failed: bad.length, ids: bad.map(() => null) })
      expect(new Set(body.errors.map(({ error }: { error: Json }) => error.code))).toEqual(new Set(['invalid_id']))
      expect(body.errors[0].error.message).toBe('expected an id to be a string or an integer, found the number 1.5')
      for (const id of bad) {
        for (const path of ['get', 'delete']) {
          const answer = await call('POST', `${list(name)}/${path}`, { ids: ['1', id] })
          expect(answer.status).toBeGreaterThanOrEqual(400)
          expectError(answer, answer.status, undefined, /ids\[1\]/)
        }
        const { body: answered } = await call('POST', list(name), { operations: [{ delete: '2' }, { delete: id }] })
        expect(JSON.stringify(answered)).toContain('operations[1]')
      }
      expectError(await call('PUT', `${list(name)}/1`, { id: 2 }), 400, 'invalid_id')
      expectError(await call('PATCH', `${list(name)}/1`, { id: 2 }), 400, 'invalid_id')
      expect(await read(name)).toEqual([{ id: '1' }])
    })

    test('that the server made are in the answer, by document', async () => {
      const name = newName()
      const { body } = await call('POST', list(name), {
        documents: [{ n: 0 }, { id: 'b', n: 1 }, { id: '', n: 2 }, { n: 3 }],
      })
      const [first, second, third, fourth] = body.ids
      const { body: got } = await call('POST', `${list(name)}/get`, { ids: [first, second, fourth] })

      expect(body).toMatchObject({ indexed: 3, failed: 1 })
      expect([second, third]).toEqual(['b', null])
      expect(got.documents.map(({ n }: Json) => n)).toEqual([0, 1, 3])
    })

    test('that the server made are in the answer to lines, by line', async () => {
      const name = newName()
      const { body } = await call('POST', list(name), '{"n":0}\n\nno json\n{"n":1}\n{"id":[]}\n{"n":2}\n', NDJSON)
      const { body: got } = await call('POST', `${list(name)}/get`, { ids: [0, 2, 4].map((line) => body.ids[line]) })

      expect(body.ids).toHaveLength(5)
      expect([body.ids[1], body.ids[3]]).toEqual([null, null])
      expect(got.documents.map(({ n }: Json) => n)).toEqual([0, 1, 2])
    })

    test('that the server made are the same for a request that is sent again', async () => {
      const name = newName()
      const send = () => call('POST', list(name), [{ n: 0 }, { n: 1 }], { 'Idempotency-Key': 'k' })
      const first = await send()
      const second = await send()
      const atomic = await call('POST', list(name), { documents: [{ n: 2 }], atomic: true })

      expect(second.body.ids).toEqual(first.body.ids)
      expect((await call('GET', `${list(name)}/${atomic.body.ids[0]}`)).body).toEqual({ id: atomic.body.ids[0], n: 2 })
      expect(await read(name)).toHaveLength(3)
    })
  })
}

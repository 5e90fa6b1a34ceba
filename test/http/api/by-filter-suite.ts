import { describe, expect, test } from 'vitest'
import { type Call, collectionOf, expectError, newName } from './client.ts'

/** Documents that are changed because a filter accepts them. */
export function describeByFilter(call: Call): void {
  const at = (name: string, id: string) => `/collections/${name}/documents/${id}`
  const list = (name: string) => `/collections/${name}/documents`

  describe('by filter', () => {
    const numbered = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `d${100 + i}`, n: i }))

    test('exactly the documents that match are patched', async () => {
      const name = await collectionOf(call, numbered(30), { shards: 2 })
      const patch = { kind: 'big', n: null }
      const { status, body } = await call('POST', `${list(name)}/update`, { filter: { n: { gte: 10 } }, patch })

      expect(status).toBe(200)
      expect(body).toMatchObject({ matched: 20, updated: 20, unchanged: 0, failed: 0, remaining: 0, cursor: null })
      const count = async (filter: object) =>
        (await call('POST', `/collections/${name}/count`, { filter, session: body.session })).body.count
      expect(await count({ kind: 'big' })).toBe(20)
      expect(await count({ n: { gte: 0 } })).toBe(10)
    })

    test('a limit stops with a cursor that goes on in id order', async () => {
      const name = await collectionOf(call, numbered(25), { shards: 3 })
      const seen: unknown[] = []
      let cursor: string | null = null
      do {
        const request = { filter: { n: { gte: 5 } }, patch: { done: true }, limit: 8, ...(cursor && { cursor }) }
        const { body } = await call('POST', `${list(name)}/update`, request)
        seen.push([body.updated, body.remaining])
        cursor = body.cursor
      } while (cursor !== null && seen.length < 10)

      expect(seen).toEqual([
        [8, 12],
        [8, 4],
        [4, 0],
      ])
      expect((await call('POST', `/collections/${name}/count`, { filter: { done: true } })).body.count).toBe(20)
    })

    test('documents that the patch leaves alone, and those it does not fit, are counted', async () => {
      const schema = { fields: { n: 'integer', body: 'text' }, dynamic: 'strict' }
      const name = await collectionOf(call, [...numbered(5), { id: 'same', n: 77 }], { schema })
      const same = await call('POST', `${list(name)}/update`, { filter: {}, patch: { n: 77 } })
      const misfits = await call('POST', `${list(name)}/update`, { filter: {}, patch: { other: 1 } })

      expect(same.body).toMatchObject({ matched: 6, updated: 5, unchanged: 1, failed: 0 })
      expect(misfits.body).toMatchObject({ matched: 6, updated: 0, failed: 6 })
      expect(misfits.body.errors[0]).toMatchObject({ id: 'd100', error: { code: 'unknown_field' } })
    })

    test('deleting stops with a cursor as well', async () => {
      const name = await collectionOf(call, numbered(10), { shards: 2 })
      const first = await call('POST', `${list(name)}/delete`, { filter: { n: { lt: 6 } }, limit: 4 })
      const { cursor } = first.body
      const second = await call('POST', `${list(name)}/delete`, { filter: { n: { lt: 6 } }, cursor })

      expect(first.body).toMatchObject({ deleted: 4, matched: 4, remaining: 2, cursor: expect.any(String) })
      expect(second.body).toMatchObject({ deleted: 2, matched: 2, remaining: 0, cursor: null })
      expect((await call('POST', `/collections/${name}/count`, {})).body.count).toBe(4)
    })

    test('what does not make a request is a 400, and an unknown collection a 404', async () => {
      const name = await collectionOf(call, numbered(3))
      const update = `${list(name)}/update`
      for (const body of [
        {},
        { filter: {} },
        { patch: {} },
        { filter: {}, patch: [] },
        { filter: {}, patch: { id: 'x' } },
        { filter: { n: { almost: 1 } }, patch: {} },
        { filter: {}, patch: { n: 9 }, limit: 0 },
        { filter: {}, patch: { n: 9 }, cursor: '🐳' },
        { ids: ['d100'], patch: { n: 9 } },
      ]) {
        expectError(await call('POST', update, body), 400)
      }
      expectError(
        await call('POST', `${list(newName())}/update`, { filter: {}, patch: {} }),
        404,
        'collection_not_found',
      )
      expect((await call('GET', at(name, 'd100'))).body).toEqual({ id: 'd100', n: 0 })
    })
  })
}

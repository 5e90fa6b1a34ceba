import { describe, expect, test } from 'vitest'
import { type Call, collectionOf, expectError, idsOf, type Json, newName, search } from './client.ts'

export function describeHistory(call: Call): void {
  /** A collection, the versions it had with `a` and `b` in it, and what came after. */
  const withPast = async (request: Json = {}) => {
    const name = await collectionOf(
      call,
      [
        { id: 'a', n: 1 },
        { id: 'b', n: 1 },
      ],
      request,
    )
    const { versions } = (await search(call, name, {})).body.snapshot
    return { name, versions, change: () => change(call, name) }
  }

  describe('snapshots', () => {
    test('keep what a collection held, for every kind of read', async () => {
      const { name, versions, change } = await withPast({ shards: 3 })
      const made = await call('POST', `/collections/${name}/snapshots`, { name: 'first' })
      await change()
      const at = { snapshot: 'first' }

      expect(made.status).toBe(201)
      expect(made.body).toEqual({ name: 'first', versions, created_at: expect.stringMatching(/^\d{4}-.*Z$/) })
      expect((await idsOf(call, name, at)).sort()).toEqual(['a', 'b'])
      expect((await idsOf(call, name, {})).sort()).toEqual(['b', 'c'])
      expect((await search(call, name, at)).body.snapshot.versions).toEqual(versions)
      expect((await call('POST', `/collections/${name}/count`, at)).body.count).toBe(2)
      const got = await call('POST', `/collections/${name}/documents/get`, { ids: ['a', 'b', 'c'], ...at })
      expect(got.body.documents).toEqual([{ id: 'a', n: 1 }, { id: 'b', n: 1 }, null])
      expect((await call('GET', `/collections/${name}/documents/b?snapshot=first`)).body).toEqual({ id: 'b', n: 1 })
      const page = await call('GET', `/collections/${name}/documents?snapshot=first`)
      expect(page.body.documents.map(({ id }: Json) => id)).toEqual(['a', 'b'])
    })

    test('are listed by name and deleted', async () => {
      const { name } = await withPast()
      for (const snapshot of ['b', 'a']) await call('POST', `/collections/${name}/snapshots`, { name: snapshot })
      const listed = await call('GET', `/collections/${name}/snapshots`)
      const deleted = await call('DELETE', `/collections/${name}/snapshots/a`)

      expect(listed.body.snapshots.map((one: Json) => one.name)).toEqual(['a', 'b'])
      expect([deleted.status, deleted.body]).toEqual([200, { deleted: true }])
      expect((await call('GET', `/collections/${name}/snapshots`)).body.snapshots).toHaveLength(1)
      expectError(await search(call, name, { snapshot: 'a' }), 404, 'snapshot_not_found', '"a"')
      expectError(await call('DELETE', `/collections/${name}/snapshots/a`), 404, 'snapshot_not_found')
      expect((await call('POST', `/collections/${name}/snapshots`, { name: 'a' })).status).toBe(201)
    })

    test('have names of their own, and a collection', async () => {
      const { name } = await withPast()
      const create = (body: unknown) => call('POST', `/collections/${name}/snapshots`, body)
      await create({ name: 'one' })

      expectError(await create({ name: 'one' }), 409, 'snapshot_exists')
      expectError(await create({ name: 'No Good' }), 400, 'invalid_snapshot_name')
      expectError(await create({}), 400, 'invalid_request')
      expectError(await call('POST', `/collections/${newName()}/snapshots`, { name: 'x' }), 404, 'collection_not_found')
      expectError(await call('GET', `/collections/${newName()}/snapshots`), 404, 'collection_not_found')
    })
  })

  describe('history', () => {
    test('is read by the versions that an answer named', async () => {
      const { name, versions, change } = await withPast({ shards: 2 })
      await change()
      const at = { at_version: versions }

      expect((await idsOf(call, name, at)).sort()).toEqual(['a', 'b'])
      expect((await search(call, name, at)).body.snapshot.versions).toEqual(versions)
      const listed = await call('GET', `/collections/${name}/documents?at_version=${versions.join(',')}`)
      expect(listed.body.documents).toHaveLength(2)
      expect((await call('GET', `/collections/${name}/documents/a?at_version=${versions.join(',')}`)).status).toBe(200)
    })

    test('is read by time, as far back as it is kept', async () => {
      const { name } = await withPast()
      const later = new Date(Date.now() + 86_400_000).toISOString()

      expect((await idsOf(call, name, { at_time: later })).sort()).toEqual(['a', 'b'])
      expectError(await search(call, name, { at_time: '2001-01-01T00:00:00Z' }), 404, 'version_not_retained')
    })

    test('is one past at a time, and no newer than now', async () => {
      const { name } = await withPast()
      const refuse = async (request: Json, code: string) => expectError(await search(call, name, request), 400, code)

      await refuse({ at_version: [1], snapshot: 'x' }, 'invalid_request')
      await refuse({ at_time: '2026-01-01', consistency: 'strong' }, 'invalid_request')
      await refuse({ at_time: 'yesterday' }, 'invalid_time')
      await refuse({ at_version: [9999] }, 'invalid_versions')
      await refuse({ at_version: Array(200).fill(1) }, 'invalid_versions')
      await refuse({ at_version: [0] }, 'invalid_request')
      expectError(await call('GET', `/collections/${name}/documents?at_version=x`), 400, 'invalid_request')
    })
  })
}

async function change(call: Call, name: string): Promise<void> {
  await call('POST', `/collections/${name}/documents`, {
    documents: [
      { id: 'b', n: 2 },
      { id: 'c', n: 2 },
    ],
  })
  await call('DELETE', `/collections/${name}/documents/a`)
}

import { describe, expect, test } from 'vitest'
import { type Call, collectionOf, expectError, idsOf, type Json, newName, search } from './client.ts'

export function describeBranches(call: Call): void {
  const books = (request: Json = {}) =>
    collectionOf(
      call,
      [
        { id: 'a', n: 1 },
        { id: 'b', n: 1 },
      ],
      request,
    )
  const add = (name: string, id: string) =>
    call('POST', `/collections/${name}/documents`, { documents: [{ id, n: 2 }] })
  const idsNow = async (name: string) => (await idsOf(call, name, { consistency: 'strong' })).sort()

  describe('branches', () => {
    test('begin with what the collection holds, and go their own ways', async () => {
      const name = await books({ shards: 3, settings: { min_successful_shards: 1 } })
      const branch = newName()
      const made = await call('POST', `/collections/${name}/branches`, { name: branch })
      const { session } = (await add(branch, 'c')).body
      await call('DELETE', `/collections/${branch}/documents/a`)
      await add(name, 'd')

      expect(made.status).toBe(201)
      expect(made.body).toMatchObject({ name: branch, documents: 2, shards: 3, settings: { min_successful_shards: 1 } })
      expect(session).toEqual(expect.any(String))
      expect([await idsNow(branch), await idsNow(name)]).toEqual([
        ['b', 'c'],
        ['a', 'b', 'd'],
      ])
      await call('DELETE', `/collections/${name}`)
      expect(await idsNow(branch)).toEqual(['b', 'c'])
      expect((await call('GET', `/collections/${name}`)).status).toBe(404)
      await call('PUT', `/collections/${name}`)
      expect([await idsNow(branch), await idsNow(name)]).toEqual([['b', 'c'], []])
    })

    test('begin with what a snapshot, versions or a moment hold', async () => {
      const name = await books({ shards: 2 })
      const { versions } = (await search(call, name, { consistency: 'strong' })).body.snapshot
      await call('POST', `/collections/${name}/snapshots`, { name: 'two' })
      await add(name, 'c')
      const later = new Date(Date.now() + 86_400_000).toISOString()
      const idsOfBranch = async (past: Json) => {
        const branch = newName()
        await call('POST', `/collections/${name}/branches`, { name: branch, ...past })
        return idsNow(branch)
      }

      expect(await idsOfBranch({ snapshot: 'two' })).toEqual(['a', 'b'])
      expect(await idsOfBranch({ at_version: versions })).toEqual(['a', 'b'])
      expect(await idsOfBranch({ at_time: later })).toEqual(['a', 'b', 'c'])
    })

    test('have a name that nobody has, and a past that is there', async () => {
      const name = await books()
      const refuse = async (body: unknown, status: number, code: string) =>
        expectError(await call('POST', `/collections/${name}/branches`, body), status, code)

      await refuse({ name }, 409, 'collection_exists')
      await refuse({ name: 'No Good' }, 400, 'invalid_collection_name')
      await refuse({}, 400, 'invalid_request')
      await refuse({ name: newName(), shards: 2 }, 400, 'unknown_field')
      await refuse({ name: newName(), snapshot: 'x' }, 404, 'snapshot_not_found')
      await refuse({ name: newName(), snapshot: 'x', at_version: [1] }, 400, 'invalid_request')
      await refuse({ name: newName(), at_time: 'yesterday' }, 400, 'invalid_time')
      await refuse({ name: newName(), at_time: '2001-01-01T00:00:00Z' }, 404, 'version_not_retained')
      await refuse({ name: newName(), at_version: [9999] }, 400, 'invalid_versions')
      const missing = await call('POST', `/collections/${newName()}/branches`, { name: newName() })
      expectError(missing, 404, 'collection_not_found')
    })
  })

  describe('restoring', () => {
    test('puts a collection back, with its snapshots, and further back and forth', async () => {
      const name = await books({ shards: 2 })
      await call('POST', `/collections/${name}/snapshots`, { name: 'two' })
      await add(name, 'c')
      await call('POST', `/collections/${name}/snapshots`, { name: 'three' })
      await add(name, 'd')
      const restored = await call('POST', `/collections/${name}/restore`, { snapshot: 'two' })
      const back = await idsNow(name)
      await add(name, 'e')
      const forth = await call('POST', `/collections/${name}/restore`, { snapshot: 'three' })

      expect([restored.status, restored.body.name, restored.body.documents]).toEqual([200, name, 2])
      expect(back).toEqual(['a', 'b'])
      expect([forth.status, await idsNow(name)]).toEqual([200, ['a', 'b', 'c']])
      expect((await idsOf(call, name, { snapshot: 'two' })).sort()).toEqual(['a', 'b'])
      const { snapshots } = (await call('GET', `/collections/${name}/snapshots`)).body
      expect(snapshots.map((one: Json) => one.name)).toEqual(['three', 'two'])
    })

    test('says to what, and only to what is there', async () => {
      const name = await books()
      const refuse = async (body: unknown, status: number, code: string) =>
        expectError(await call('POST', `/collections/${name}/restore`, body), status, code)

      await refuse({}, 400, 'invalid_request')
      await refuse({ snapshot: 'x' }, 404, 'snapshot_not_found')
      await refuse({ name: 'x' }, 400, 'unknown_field')
      const missing = await call('POST', `/collections/${newName()}/restore`, { snapshot: 'x' })
      expectError(missing, 404, 'collection_not_found')
      expect(await idsNow(name)).toEqual(['a', 'b'])
    })
  })
}

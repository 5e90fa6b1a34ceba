import { expect, test } from 'vitest'
import { runUpkeep } from '../../cli/commands/upkeep.ts'
import { openRemoteEngine } from '../../core/client/remote-engine.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { UnavailableError } from '../../core/errors.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { openMemoryEngine } from './memory-engine.ts'

test('a collection without a number of shards gets the default of the engine', async () => {
  const engine = openMemoryEngine({ shardsDefault: 3 })

  const made = await engine.createCollection('made', {})
  const chosen = await engine.createCollection('chosen', { shards: 2 })
  await engine.writeDocuments('written', [{ id: 'a' }])
  await engine.putDocument('put', 'a', {})

  const infos = [made, chosen, await engine.getCollection('written'), await engine.getCollection('put')]
  expect(infos.map(({ shards }) => shards)).toEqual([3, 2, 3, 3])
  await engine.close()
})

test.each([
  [0, 'invalid_shards'],
  [1.5, 'invalid_shards'],
  [Number.NaN, 'invalid_shards'],
  [257, 'too_many_shards'],
])('%d is not a valid default number of shards', (shardsDefault, code) => {
  expect(() => openMemoryEngine({ shardsDefault })).toThrow(expect.objectContaining({ code }))
})

test('another engine collects what this one leaves for later, and its answer is plain JSON', async () => {
  const stores = { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
  const [api, upkeep] = [openMemoryEngine({ ...stores, removesDeleted: 'later' }), openMemoryEngine(stores)]
  await api.writeDocuments('books', [{ id: 'a' }])
  await api.deleteCollection('books')
  await api.settle()

  const collected = await upkeep.collectGarbage()
  const compacted = await upkeep.compactWanted()

  const garbage = { shards: 0, objects: 0, bytes: 0, pending: 0, failed: 0, left: 0 }
  const deletions = { collections: 1, removed: 1, pinned: 0, waiting: 0, called_off: 0, failed: 0, left: 0 }
  expect(collected).toEqual({ ...deletions, garbage })
  expect(compacted).toEqual({ shards: 0, merged: [], skipped: [], failed: 0, left: 0 })
  for (const answer of [collected, compacted]) expect(JSON.parse(JSON.stringify(answer))).toEqual(answer)
  expect(await keysOf(stores.store)).toEqual([])
  await Promise.all([api.close(), upkeep.close()])
})

test('garbage collection handles one collection or all, even if one is damaged', async () => {
  const stores = { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
  const failures: unknown[] = []
  const engine = openMemoryEngine({ ...stores, onFailure: (error) => failures.push(error) })
  for (const name of ['books', 'damaged', 'others']) {
    await engine.createCollection(name, { shards: 2 })
    for (let i = 0; i < 3; i++) await engine.writeDocuments(name, [{ id: 'a', i }, { id: 'b' }, { id: 'c' }])
  }
  await engine.settle()
  const progress: string[] = []

  const planned = await engine.collectGarbage({ collection: 'books', retention_ms: 0, dry_run: true })
  const one = await engine.collectGarbage({ collection: 'books', retention_ms: 0 }, ({ collection, shard, of }) =>
    progress.push(`${collection} ${shard} of ${of}`),
  )
  const kept = await engine.collectGarbage({})
  await stores.coordination.write(await headOf(stores.coordination, 'damaged'), { set: { pins: 'all' } }, [])
  const all = await engine.collectGarbage({ retention_ms: 0 })

  expect(one).toEqual(planned)
  expect(one.garbage).toMatchObject({ shards: 2, failed: 0, left: 0 })
  expect(one.garbage.objects).toBeGreaterThan(4)
  expect(progress.sort()).toEqual(['books 0 of 2', 'books 1 of 2'])
  expect(kept.garbage).toMatchObject({ shards: 6, objects: 0 })
  expect(all.garbage).toMatchObject({ shards: 5, failed: 1 })
  expect(failures).toMatchObject([{ code: 'corrupt_head' }])
  for (const name of ['books', 'others']) {
    expect((await engine.search(name, { query: '*', total: true })).total).toBe(3)
  }
  await expect(engine.collectGarbage({ retention_ms: -1 })).rejects.toMatchObject({ code: 'invalid_retention' })
  await expect(engine.collectGarbage({ collection: 'nope' })).rejects.toMatchObject({ code: 'collection_not_found' })
  await engine.close()
})

test('a server finishes pending deletions at its start, and stops on request', async () => {
  const stores = { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
  const [api, server] = [openMemoryEngine({ ...stores, removesDeleted: 'later' }), openMemoryEngine(stores)]
  await api.writeDocuments('books', [{ id: 'a' }])
  await api.deleteCollection('books')
  await api.settle()
  await stores.coordination.write({ pk: 'work', sk: 'compact#damaged#0' }, { set: { token: 7 } }, [])
  const stop = new AbortController()
  const failures: unknown[] = []

  const upkeep = runUpkeep(server, stop.signal, (error) => failures.push(error))
  for (let i = 0; i < 200 && (await keysOf(stores.store)).length > 0; i++) await systemClock.sleep(10)
  stop.abort()
  await server.close()
  await upkeep

  expect(await keysOf(stores.store)).toEqual([])
  // The engine reports failures of single rows itself.
  expect(failures).toEqual([])
  await api.close()
})

test('one of two servers does the upkeep, and the other takes over when the first closes', async () => {
  const stores = { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
  const [first, second] = [openMemoryEngine(stores), openMemoryEngine(stores)]

  const together = [await first.lead(), await second.lead(), await first.lead(), await second.lead()]
  await first.close()

  expect(together).toEqual([true, false, true, false])
  expect(await second.lead()).toBe(true)
  await second.close()
})

test('a server that does not lead does no upkeep', async () => {
  const stores = { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
  const [leader, follower] = [openMemoryEngine(stores), openMemoryEngine(stores)]
  await leader.lead()
  const stop = new AbortController()
  const asked: string[] = []
  const engine = {
    async lead() {
      asked.push('lead')
      return follower.lead()
    },
    async collectGarbage() {
      asked.push('collectGarbage')
      return follower.collectGarbage()
    },
    compactWanted: () => follower.compactWanted(),
  }

  const upkeep = runUpkeep(engine, stop.signal, () => undefined)
  for (let i = 0; i < 5; i++) await systemClock.sleep(5)
  stop.abort()
  await upkeep

  expect(asked).toEqual(['lead'])
  await Promise.all([leader.close(), follower.close()])
})

test('upkeep reports that the table is down, and continues', async () => {
  const coordination = new MemoryCoordination()
  coordination.query = async function* () {
    yield* []
    throw new UnavailableError('injected', 'the table is down')
  }
  const engine = openMemoryEngine({ coordination })
  const stop = new AbortController()
  const failures: unknown[] = []

  const upkeep = runUpkeep(engine, stop.signal, (error) => failures.push(error))
  for (let i = 0; i < 200 && failures.length < 2; i++) await systemClock.sleep(10)
  stop.abort()
  await upkeep

  expect(failures).toMatchObject([{ code: 'injected' }, { code: 'injected' }])
  await engine.close()
})

test('a client of a server can neither do upkeep nor wait for background tasks', async () => {
  const remote = openRemoteEngine({ url: 'http://127.0.0.1:9' })

  await expect(remote.lead()).rejects.toMatchObject({ code: 'not_supported' })
  await expect(remote.compactWanted()).rejects.toMatchObject({ code: 'not_supported' })
  await expect(remote.collectGarbage()).rejects.toMatchObject({ code: 'not_supported' })
  await remote.settle()
})

/** The key of the head of a collection's first shard. */
async function headOf(coordination: MemoryCoordination, name: string) {
  const row = await coordination.read({ pk: 'names', sk: name }, { consistent: true })
  return { pk: `shard#${row?.attributes.uid}#0`, sk: 'head' }
}

async function keysOf(store: MemoryObjectStore): Promise<string[]> {
  const keys: string[] = []
  for await (const { key } of store.list('')) keys.push(key)
  return keys
}

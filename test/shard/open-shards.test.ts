import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { openShards } from '../../core/engine/open-shards.ts'
import type { ShardSettings, Shards } from '../../core/engine/shards.ts'
import { PrismError } from '../../core/errors.ts'
import type { Freshness, ShardSnapshot } from '../../core/reading/snapshot.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import type { Collection } from '../../core/version/collection.ts'
import { auditShard } from './audit-shard.ts'
import { analyzers, testComponents } from './open-test-shard.ts'

const STRONG: Freshness = { consistency: 'strong' }
const EVENTUAL: Freshness = { consistency: 'eventual' }

test('documents of every shard are found in the shard where they were written', async () => {
  const { shards, collection, documents } = await openBooks({ shardCount: 4 })

  const written = await shards.writeDocuments(collection, documents(0, 200))

  expect(written).toMatchObject({ indexed: 200, failures: [] })
  expect(written.written.every((one) => one?.created)).toBe(true)
  const found = await idsOf(shards, collection)
  expect(found.size).toBe(200)
  await shards.close()
})

test('an invalid document fails alone', async () => {
  const { shards, collection } = await openBooks()

  const { indexed, failures, written } = await shards.writeDocuments(collection, [
    { id: 'a', year: 1950 },
    { id: 'b', year: 'nineteen' },
    7,
    { id: '' },
    { id: 'c', title: 'x'.repeat(1_100_000) },
    { title: 'no id' },
  ])

  expect(indexed).toBe(2)
  expect(failures.map(({ position, id, error }) => [position, id, error.code])).toEqual([
    [1, 'b', 'invalid_document'],
    [2, null, 'invalid_document'],
    [3, '', 'invalid_id'],
    [4, 'c', 'document_too_large'],
  ])
  expect(written[5]!.id).toMatch(/^[0-9a-z]{26}$/)
  await shards.close()
})

test('the same idempotency key gives documents without an id the same ids', async () => {
  const { shards, collection } = await openBooks()
  const batch = [{ title: 'one' }, { title: 'two' }]

  const first = await shards.writeDocuments(collection, batch, { idempotencyKey: 'k1' })
  const again = await shards.writeDocuments(collection, batch, { idempotencyKey: 'k1' })

  expect(again.written.map((one) => one!.id)).toEqual(first.written.map((one) => one!.id))
  expect(again.written.map((one) => one!.created)).toEqual([false, false])
  expect((await idsOf(shards, collection)).size).toBe(2)
  await shards.close()
})

test('new fields are in the schema before the documents are', async () => {
  const { shards, collection } = await openBooks()

  await shards.writeDocuments(collection, [{ id: 'a', pages: 3, nested: { flag: true } }])
  const after = await shards.getCollection('books')

  expect(after.schema.version).toBe(2)
  expect(after.schema.fields.slice(2).map(({ name, type }) => [name, type])).toEqual([
    ['pages', 'float'],
    ['nested.flag', 'boolean'],
  ])
  const [snapshot] = await shards.pin(after, STRONG)
  expect((snapshot as ShardSnapshot).manifest.schemaVersion).toBe(2)
  await shards.close()
})

test('a refused document adds no fields', async () => {
  const { shards, collection } = await openBooks()

  const { failures } = await shards.writeDocuments(collection, [{ id: 'a', year: 'x', fresh: 1 }, { id: 'b' }])

  expect(failures).toHaveLength(1)
  expect((await shards.getCollection('books', 'fresh')).schema.version).toBe(1)
  await shards.close()
})

test('two processes that add different fields at once both succeed', async () => {
  const stores = memoryStores()
  const { shards: a, collection } = await openBooks({ stores })
  const b = openTest({ stores, seed: 2 })
  await b.getCollection('books')

  await Promise.all(
    Array.from({ length: 10 }, async (_, i) => {
      await a.writeDocuments(collection, [{ id: `a${i}`, [`field_a${i}`]: 1, common: 'text' }])
      await b.writeDocuments(await b.getCollection('books'), [{ id: `b${i}`, [`field_b${i}`]: 'x', common: 'text' }])
    }),
  )

  const { schema } = await a.getCollection('books', 'fresh')
  const names = schema.fields.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBe(2 + 21)
  expect(schema.fields.map(({ number }) => number)).toEqual(names.map((_, i) => i))
  expect((await idsOf(a, collection)).size).toBe(20)
  await Promise.all([a.close(), b.close()])
})

test('deleting by id counts the documents that existed', async () => {
  const { shards, collection, documents } = await openBooks({ shardCount: 3 })
  await shards.writeDocuments(collection, documents(0, 20))

  const { deleted } = await shards.deleteDocuments(collection, ['d3', 'd4', 'd4', 'nobody'])

  expect(deleted).toBe(2)
  expect((await idsOf(shards, collection)).size).toBe(18)
  await shards.close()
})

test('a collection with a name that is taken is a conflict', async () => {
  const { shards } = await openBooks()

  await expect(shards.createCollection('books', request())).rejects.toMatchObject({ code: 'collection_exists' })
  await shards.close()
})

test.each(['', 'Books', 'a/b', 'x'.repeat(129), 'č'])('the name %j is refused', async (name) => {
  const shards = openTest({})

  await expect(shards.createCollection(name, request())).rejects.toMatchObject({ code: 'invalid_collection_name' })
  await shards.close()
})

test('of many simultaneous creators exactly one wins, and all that may share get the same collection', async () => {
  const stores = memoryStores()
  const processes = Array.from({ length: 6 }, (_, i) => openTest({ stores, seed: i + 1 }))

  const created = await Promise.allSettled(processes.map((shards) => shards.createCollection('one', request())))
  const shared = await Promise.all(processes.map((shards) => shards.getOrCreateCollection('two', request())))

  expect(created.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(new Set(shared.map(({ uid }) => uid)).size).toBe(1)
  expect((await processes[0]!.listCollections()).map(({ name }) => name)).toEqual(['one', 'two'])
  // The losers' objects are gone: the first manifest and two records of each of two collections remain.
  await Promise.all(processes.map((shards) => shards.settle()))
  const keys = []
  for await (const { key } of stores.store.list('')) keys.push(key)
  expect(keys).toHaveLength(6)
  await Promise.all(processes.map((shards) => shards.close()))
})

test('a deleted collection takes no more writes, and its data is removed', async () => {
  const stores = memoryStores()
  const { shards, collection, documents } = await openBooks({ stores, shardCount: 2 })
  const rival = openTest({ stores, seed: 2 })
  const known = await rival.getCollection('books')
  await shards.writeDocuments(collection, documents(0, 50))

  await shards.deleteCollection('books')

  await expect(rival.writeDocuments(known, documents(50, 51))).rejects.toMatchObject({ code: 'collection_not_found' })
  await expect(rival.pin(known, STRONG)).rejects.toMatchObject({ code: 'collection_not_found' })
  await expect(shards.getCollection('books')).rejects.toMatchObject({ code: 'collection_not_found' })
  await expect(shards.deleteCollection('books')).rejects.toMatchObject({ code: 'collection_not_found' })
  await settle(async () => {
    for await (const { key } of stores.store.list('')) expect(key).toBe('none')
  })
  await Promise.all([shards.close(), rival.close()])
})

test('a collection with a reused name has nothing of the former one', async () => {
  const stores = memoryStores()
  const { shards, collection, documents } = await openBooks({ stores })
  const rival = openTest({ stores, seed: 2 })
  const known = await rival.getCollection('books')
  await shards.writeDocuments(collection, documents(0, 50))
  await shards.deleteCollection('books')
  const next = await shards.createCollection('books', request())

  // The rival still resolves the name to the former collection; its write nevertheless goes to the new one.
  await rival.writeDocuments(known, [{ id: 'only' }])

  expect(next.uid).not.toBe(collection.uid)
  expect([...(await idsOf(shards, next))]).toEqual(['only'])
  await Promise.all([shards.close(), rival.close()])
})

test('simultaneous changes of settings all apply', async () => {
  const stores = memoryStores()
  const { shards } = await openBooks({ stores })
  const rival = openTest({ stores, seed: 2 })

  await Promise.all(
    Array.from({ length: 8 }, (_, i) =>
      (i % 2 ? shards : rival).updateCollection('books', ({ settings }) => ({
        settings: { ...settings, [`s${i}`]: i },
      })),
    ),
  )

  const { settings } = await shards.getCollection('books', 'fresh')
  expect(Object.keys(settings).sort()).toEqual(['s0', 's1', 's2', 's3', 's4', 's5', 's6', 's7'])
  await Promise.all([shards.close(), rival.close()])
})

test('a process sees its own writes at once, others within a second or with strong consistency', async () => {
  const stores = memoryStores()
  const { shards, collection, documents } = await openBooks({ stores })
  const rival = openTest({ stores, seed: 2 })
  await rival.pin(collection, EVENTUAL)

  const { session } = await shards.writeDocuments(collection, documents(0, 1))

  expect(await versionsOf(shards, collection, EVENTUAL)).toEqual([2])
  expect(await versionsOf(rival, collection, EVENTUAL)).toEqual([1])
  expect(await versionsOf(rival, collection, { consistency: 'read_your_writes', session })).toEqual([2])
  await shards.writeDocuments(collection, documents(1, 2))
  expect(await versionsOf(rival, collection, { consistency: 'bounded', maxStalenessMs: 60_000 })).toEqual([2])
  expect(await versionsOf(rival, collection, STRONG)).toEqual([3])
  expect(await versionsOf(rival, collection, EVENTUAL)).toEqual([3])
  await Promise.all([shards.close(), rival.close()])
})

test('an invalid session token is refused, and one of another collection is ignored', async () => {
  const { shards, collection, documents } = await openBooks()
  const other = await shards.createCollection('others', request())
  const { session } = await shards.writeDocuments(other, documents(0, 1))

  await expect(shards.pin(collection, { consistency: 'eventual', session: 'abc' })).rejects.toMatchObject({
    code: 'invalid_session',
  })
  expect(await versionsOf(shards, collection, { consistency: 'eventual', session: `${session}, ${session}` })).toEqual([
    1,
  ])
  await shards.close()
})

test('the writer of the last small segment merges the small segments', async () => {
  const stores = memoryStores()
  const { shards, collection, documents } = await openBooks({ stores })

  for (let i = 0; i < 60; i++) await shards.writeDocuments(collection, documents(i, i + 1))

  await settle(async () => {
    const { head, documents: found } = await auditShard(stores, { uid: collection.uid, shard: 0 })
    expect(found.size).toBe(60)
    expect(head.manifest.segments.length).toBeLessThan(8)
  })
  await shards.close()
})

test('full compaction leaves one segment without deleted documents', async () => {
  const stores = memoryStores()
  const { shards, collection, documents } = await openBooks({ stores, shardCount: 2 })
  for (let i = 0; i < 5; i++) await shards.writeDocuments(collection, documents(i * 10, i * 10 + 15))
  await shards.deleteDocuments(collection, ['d1', 'd2', 'd3'])
  const before = await idsOf(shards, collection)

  const progress: number[] = []
  const report = await shards.compact(collection, ({ doneBytes }) => progress.push(doneBytes))

  expect(report.map(({ shard, segmentsAfter }) => [shard, segmentsAfter])).toEqual([
    [0, 1],
    [1, 1],
  ])
  expect(progress.length).toBeGreaterThan(0)
  for (const shard of [0, 1]) {
    const { head } = await auditShard(stores, { uid: collection.uid, shard })
    expect(head.manifest.segments.map(({ deletedCount }) => deletedCount)).toEqual([0])
  }
  expect(await idsOf(shards, collection)).toEqual(before)
  await shards.close()
})

test('documents changed during a compaction keep their changes', async () => {
  const stores = memoryStores()
  const { shards, collection, documents } = await openBooks({ stores })
  for (let i = 0; i < 6; i++) await shards.writeDocuments(collection, documents(i * 50, i * 50 + 50))

  const compacting = shards.compact(collection)
  for (let i = 0; i < 20; i++) {
    await shards.writeDocuments(collection, [{ id: `d${i * 7}`, title: 'changed' }])
    await shards.deleteDocuments(collection, [`d${i * 7 + 1}`])
  }
  await compacting
  await shards.close()

  const { documents: found } = await auditShard(stores, { uid: collection.uid, shard: 0 })
  for (let i = 0; i < 20; i++) {
    expect(found.get(`d${i * 7}`)).toEqual({ id: `d${i * 7}`, title: 'changed' })
    expect(found.has(`d${i * 7 + 1}`)).toBe(false)
  }
  expect(found.size).toBe(280)
})

test('batches over a limit are refused as a whole', async () => {
  const { shards, collection } = await openBooks()
  const many = Array.from({ length: 10_001 }, (_, i) => ({ id: `${i}` }))
  const large = Array.from({ length: 40 }, (_, i) => ({ id: `${i}`, title: 'x'.repeat(1_000_000) }))

  await expect(shards.writeDocuments(collection, many)).rejects.toMatchObject({ code: 'batch_too_large' })
  await expect(shards.writeDocuments(collection, large)).rejects.toMatchObject({ code: 'batch_too_large' })
  expect(await versionsOf(shards, collection, STRONG)).toEqual([1])
  await shards.close()
})

test('processes that also search merge three segments, others wait for eight', async () => {
  const segmentsAfter = async (backgroundCompaction: boolean) => {
    const { shards, collection, documents } = await openBooks({ settings: { backgroundCompaction } })
    for (let commit = 0; commit < 3; commit++) await shards.writeDocuments(collection, documents(commit, commit + 1))
    await shards.settle()
    const [{ manifest }] = (await pinAll(shards, collection, STRONG)) as [ShardSnapshot]
    await shards.close()
    return manifest.segments.length
  }

  expect(await segmentsAfter(true)).toBe(1)
  expect(await segmentsAfter(false)).toBe(3)
})

const storesOf = new WeakMap<Shards, Stores>()

type Stores = ReturnType<typeof memoryStores>

function memoryStores() {
  return { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
}

function openTest({
  stores = memoryStores(),
  seed = 1,
  settings = {},
}: {
  stores?: Stores
  seed?: number
  settings?: ShardSettings
}): Shards {
  const shards = openShards({ ...testComponents({ ...stores, seed }), analyzers }, { workerCount: 0, ...settings })
  storesOf.set(shards, stores)
  return shards
}

function request(shardCount = 1) {
  return { schema: parseSchema({ fields: { title: 'text', year: 'integer' } }), shardCount, settings: {} }
}

async function openBooks(options: { stores?: Stores; shardCount?: number; settings?: ShardSettings } = {}) {
  const shards = openTest(options)
  const collection = await shards.createCollection('books', request(options.shardCount))
  const documents = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => ({ id: `d${from + i}`, title: `title of ${from + i}`, year: 1900 + i }))
  return { shards, collection, documents }
}

async function pinAll(shards: Shards, collection: Collection, freshness: Freshness): Promise<ShardSnapshot[]> {
  const pinned = await shards.pin(collection, freshness)
  return pinned.map((snapshot) => {
    if (snapshot instanceof PrismError) throw snapshot
    return snapshot
  })
}

async function versionsOf(shards: Shards, collection: Collection, freshness: Freshness): Promise<number[]> {
  return (await pinAll(shards, collection, freshness)).map(({ version }) => version)
}

/** All live ids. Checks that each is in its shard. */
async function idsOf(shards: Shards, collection: Collection): Promise<Set<string>> {
  const ids = new Set<string>()
  const stores = storesOf.get(shards)
  for (const { shard, uid } of await pinAll(shards, collection, STRONG)) {
    const { documents } = await auditShard(stores!, { uid, shard })
    for (const id of documents.keys()) {
      expect(shards.shardOf(collection, id)).toBe(shard)
      ids.add(id)
    }
  }
  return ids
}

/** Waits until a condition of background work holds. */
async function settle(check: () => Promise<void>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await check()
    } catch (error) {
      if (attempt === 100) throw error
      await systemClock.sleep(20)
    }
  }
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { CutPlan } from '../faults/cut-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'
import { openMemoryEngine, openMemoryLeaves } from './memory-engine.ts'

const WORDS = ['red', 'green', 'blue', 'river', 'stone', 'light']
const SCHEMA = { fields: { title: 'text', year: 'integer' }, default_fields: ['title'] } as const
const REQUESTS = [
  { query: 'red river', total: 1000 },
  { query: 'stone OR light', sort: ['-year'] },
  { query: '*', filter: { year: { gte: 3 } } },
]

type Documents = Map<string, { id: string; title: string; year: number }>

/** The steps of a history: a change in a collection, or a change of a collection. */
const step = fc.record({
  kind: fc.constantFrom('write', 'write', 'delete', 'compact', 'branch', 'collect', 'drop', 'snapshot', 'restore'),
  which: fc.nat(5),
  ids: fc.array(fc.nat(19), { minLength: 1, maxLength: 6 }),
  words: fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 4 }),
  year: fc.nat(9),
})

test('branches and their origins change independently, and each answers like an index of its own documents', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(1, 3, 16),
      fc.array(step, { minLength: 6, maxLength: 24 }),
      async (shards, steps) => {
        const store = new MemoryObjectStore(systemClock)
        const engine = openMemoryEngine({ store })
        const held = new Map<string, Documents>([['c0', new Map()]])
        const snapshots = new Map<string, Documents>()
        let made = 1
        await engine.createCollection('c0', { schema: SCHEMA, shards })
        for (const { kind, which, ids, words, year } of steps) {
          const names = [...held.keys()]
          const name = names[which % names.length]
          if (name === undefined) break
          const documents = held.get(name)!
          if (kind === 'write') {
            const written = ids.map((id) => ({ id: `d${id}`, title: words.join(' '), year }))
            await engine.writeDocuments(name, written)
            for (const one of written) documents.set(one.id, one)
          } else if (kind === 'delete') {
            await engine.deleteDocuments(name, { ids: ids.map((id) => `d${id}`) })
            for (const id of ids) documents.delete(`d${id}`)
          } else if (kind === 'compact') await engine.compact(name)
          else if (kind === 'branch') {
            const branch = `c${made++}`
            await engine.branchCollection(name, { name: branch })
            held.set(branch, new Map(documents))
          } else if (kind === 'collect') await engine.collectGarbage({ retention_ms: 0 })
          else if (kind === 'drop' && made > 1) {
            await engine.deleteCollection(name)
            await engine.settle()
            held.delete(name)
          } else if (kind === 'snapshot') {
            await engine.createSnapshot(name, 'kept').catch(() => undefined)
            if (!snapshots.has(name)) snapshots.set(name, new Map(documents))
          } else if (kind === 'restore' && snapshots.has(name)) {
            await engine.restoreCollection(name, { snapshot: 'kept' })
            held.set(name, new Map(snapshots.get(name)!))
          }
        }
        for (const [name, documents] of held) {
          await expectSame(engine, name, documents)
          if (snapshots.has(name)) {
            const { total } = await engine.search(name, { query: '*', snapshot: 'kept' })
            expect(total).toBe(snapshots.get(name)!.size)
          }
        }
        const { damage } = await engine.scrub({})
        expect(damage).toEqual([])
        await expectAllFreed(engine, store, [...held.keys()])
        await engine.close()
      },
    ),
    { numRuns: 60 },
  )
}, 120_000)

test('a branch of a branch outlives both, in any order of deletion and collection', async () => {
  for (const [first, second] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    const store = new MemoryObjectStore(systemClock)
    const engine = openMemoryEngine({ store })
    await engine.createCollection('a', { schema: SCHEMA, shards: 2 })
    await engine.writeDocuments('a', sample(20))
    await engine.branchCollection('a', { name: 'b' })
    await engine.writeDocuments('b', [{ id: 'd1', title: 'blue stone', year: 1 }])
    await engine.branchCollection('b', { name: 'c' })
    for (const name of [first, second]) {
      await engine.deleteCollection(name)
      await engine.settle()
      for (let run = 0; run < 3; run++) await engine.collectGarbage({ retention_ms: 0 })
      expect((await engine.scrub({})).damage).toEqual([])
    }

    const held = new Map(sample(20).map((one) => [one.id, one]))
    held.set('d1', { id: 'd1', title: 'blue stone', year: 1 })
    await expectSame(engine, 'c', held)
    // After compaction it shares nothing, and nothing of the others is left.
    for (let run = 0; run < 3; run++) await engine.collectGarbage({ retention_ms: 0 })
    const { uid } = await engine.inspect({ collection: 'c' })
    for await (const { key } of store.list('c/')) expect(key.startsWith(`c/${String(uid)}/`)).toBe(true)
    await engine.close()
  }
})

test('a branch of a snapshot, of versions or of a time has the content of that version', async () => {
  const engine = openMemoryEngine()
  await engine.createCollection('books', { schema: SCHEMA, shards: 3 })
  const first = await engine.writeDocuments('books', sample(10))
  await engine.createSnapshot('books', 'ten')
  const { snapshot } = await engine.search('books', { query: '*', session: first.session })
  await engine.writeDocuments('books', sample(20))

  await engine.branchCollection('books', { name: 'of-snapshot', snapshot: 'ten' })
  await engine.branchCollection('books', { name: 'of-versions', at_version: snapshot.versions })
  await engine.branchCollection('books', { name: 'of-now', at_time: new Date(systemClock.now() + 1000).toISOString() })

  const counts = await Promise.all(
    ['of-snapshot', 'of-versions', 'of-now'].map(async (name) => (await engine.getCollection(name)).documents),
  )
  expect(counts).toEqual([10, 10, 20])
  await expect(engine.branchCollection('books', { name: 'of-snapshot' })).rejects.toMatchObject({
    code: 'collection_exists',
  })
  await expect(engine.branchCollection('books', { name: 'x', snapshot: 'nine' })).rejects.toMatchObject({
    code: 'snapshot_not_found',
  })
  await expect(engine.branchCollection('nothing', { name: 'x' })).rejects.toMatchObject({
    code: 'collection_not_found',
  })
  await expect(engine.restoreCollection('books', {})).rejects.toMatchObject({ code: 'invalid_request' })
})

test('a branch costs the same requests for ten documents and for ten thousand', async () => {
  const costs: number[] = []
  for (const count of [10, 10_000]) {
    const counted = new CutPlan(Number.POSITIVE_INFINITY)
    const engine = openMemoryEngine({
      store: new FaultyObjectStore(new MemoryObjectStore(systemClock), counted),
      coordination: new FaultyCoordination(new MemoryCoordination(), counted) as unknown as MemoryCoordination,
    })
    await engine.createCollection('books', { schema: SCHEMA, shards: 2 })
    await engine.writeDocuments('books', sample(count))
    await engine.settle()
    const before = counted.log.length
    await engine.branchCollection('books', { name: 'next' })
    costs.push(counted.log.length - before)
    await engine.close()
  }

  expect(costs[1]).toBe(costs[0])
})

test('leaves and this process give the same answers for a branch', async () => {
  const store = new MemoryObjectStore(systemClock)
  const coordination = new MemoryCoordination()
  const here = openMemoryEngine({ store, coordination })
  await here.createCollection('books', { schema: SCHEMA, shards: 4 })
  await here.writeDocuments('books', sample(200))
  await here.deleteDocuments('books', { ids: ['d3', 'd17', 'd40'] })
  await here.branchCollection('books', { name: 'next' })
  await here.writeDocuments('next', [{ id: 'd5', title: 'red river', year: 1 }])
  await here.deleteCollection('books')
  await here.settle()
  const far = openMemoryEngine({ store, coordination, leaves: openMemoryLeaves(store, 3), fanOut: { mode: 'always' } })

  for (const request of REQUESTS) {
    const [one, other] = await Promise.all([here.search('next', request), far.search('next', request)])
    expect(other.hits).toEqual(one.hits)
    expect(one.hits.length).toBeGreaterThan(0)
  }
})

test('a process that cached a collection before a restore reads the restored version', async () => {
  const store = new MemoryObjectStore(systemClock)
  const coordination = new MemoryCoordination()
  const [one, other] = [openMemoryEngine({ store, coordination }), openMemoryEngine({ store, coordination })]
  await one.createCollection('books', { schema: SCHEMA })
  await one.writeDocuments('books', sample(3))
  await one.createSnapshot('books', 'three')
  await one.writeDocuments('books', sample(5))
  const before = await other.search('books', { query: '*' })

  const restored = await one.restoreCollection('books', { snapshot: 'three' })
  await one.settle()
  const answers = [
    (await other.search('books', { query: '*', consistency: 'strong' })).total,
    (await other.getDocuments('books', ['d4', 'd2'])).map((document) => document?.id),
    (await other.listDocuments('books', {})).documents.length,
  ]
  await other.writeDocuments('books', [{ id: 'new' }])

  expect([before.total, restored.documents]).toEqual([5, 3])
  expect(answers).toEqual([3, [undefined, 'd2'], 3])
  expect((await one.count('books', { query: '*', consistency: 'strong' })).count).toBe(4)
  expect((await one.listSnapshots('books')).map(({ name }) => name)).toEqual(['three'])
})

/** Ids, order and scores equal those of a new collection with the same documents. */
async function expectSame(engine: Engine, name: string, documents: Documents): Promise<void> {
  const { shards } = await engine.getCollection(name)
  const fresh = openMemoryEngine()
  await fresh.createCollection('fresh', { schema: SCHEMA, shards })
  if (documents.size > 0) await fresh.writeDocuments('fresh', [...documents.values()])
  const listed = (await engine.listDocuments(name, { limit: 100 })).documents
  expect(listed).toEqual([...documents.values()].sort((a, b) => (a.id < b.id ? -1 : 1)))
  await engine.compact(name)
  for (const request of REQUESTS) {
    const [found, expected] = await Promise.all([engine.search(name, request), fresh.search('fresh', request)])
    expect(found.hits.map(({ id, document }) => ({ id, document }))).toEqual(
      expected.hits.map(({ id, document }) => ({ id, document })),
    )
    for (const [i, { score }] of found.hits.entries()) expect(score ?? 0).toBeCloseTo(expected.hits[i]!.score ?? 0, 6)
    expect(found.total).toBe(expected.total)
  }
  await fresh.close()
}

/** Once all collections are deleted, nothing is left, regardless of shared objects. */
async function expectAllFreed(engine: Engine, store: MemoryObjectStore, names: readonly string[]): Promise<void> {
  for (const name of names) await engine.deleteCollection(name)
  await engine.settle()
  // A chain of deleted branches is freed from its end.
  for (let run = 0; run < 30; run++) await engine.collectGarbage({ retention_ms: 0 })
  const keys: string[] = []
  for await (const { key } of store.list('c/')) keys.push(key)
  expect(keys).toEqual([])
}

function sample(count: number) {
  return Array.from({ length: count }, (_, i) => ({
    id: `d${i}`,
    title: `${WORDS[i % 6]} ${WORDS[(i * 5 + 1) % 6]} ${WORDS[(i >> 2) % 6]}`,
    year: i % 10,
  }))
}

import { expect, test } from 'vitest'
import { metaKey } from '../../core/collections/collection-rows.ts'
import type { Coordination } from '../../core/coordination/coordination.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { openShards } from '../../core/engine/open-shards.ts'
import type { ShardSettings, Shards } from '../../core/engine/shards.ts'
import { PrismError } from '../../core/errors.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { headKey } from '../../core/version/head.ts'
import { FaultPlan } from '../faults/fault-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { analyzers, testComponents, testSchema } from '../shard/open-test-shard.ts'
import { TurnClock } from '../shard/turn-clock.ts'

const request = { schema: testSchema, shardCount: 3, settings: {} }

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'names, creations and deletions stay sound whatever fails, seed %i',
  async (seed) => {
    const world = createWorld(seed)
    const processes = [0, 1, 2].map((number) => world.process(number))

    await Promise.all([
      ...processes.map(async (shards, number) => {
        for (let i = 0; i < 8; i++) {
          await mayFail(shards.createCollection('books', request))
          const collection = await mayFail(shards.getOrCreateCollection('books', request))
          if (collection)
            await mayFail(shards.writeDocuments(collection, [{ id: `${number}-${i}`, [`f${number}`]: i }]))
          if ((i + number) % 3 === 0) await mayFail(shards.deleteCollection('books'))
        }
      }),
      // Meanwhile, interrupted work is finished.
      ...[3, 4].map(async (number) => {
        const collector = world.process(number)
        for (let i = 0; i < 12; i++) await mayFail(collector.collectDeleted())
      }),
    ])

    // Once nothing fails any more, the name is free or points to one intact collection.
    const calm = world.calm()
    const collection = await calm.getOrCreateCollection('books', request)
    const { indexed } = await calm.writeDocuments(collection, [{ id: 'last' }])
    expect(indexed).toBe(1)
    expect((await calm.listCollections()).map(({ name }) => name)).toEqual(['books'])
    expect((await calm.pin(collection, { consistency: 'strong' })).some((shard) => shard instanceof PrismError)).toBe(
      false,
    )
    const numbers = collection.schema.fields.map(({ number }) => number)
    expect(numbers).toEqual(numbers.map((_, i) => i))
    await calm.deleteCollection('books')
    await expect(calm.getCollection('books')).rejects.toMatchObject({ code: 'collection_not_found' })
    await Promise.all([calm, ...processes].map((shards) => shards.settle()))
    expect(await calm.collectDeleted()).toMatchObject({ waiting: 0, calledOff: 0, pinned: 0, failed: 0, left: 0 })
    expect(await calm.collectDeleted()).toMatchObject({ collections: 0 })
    expect(world.named.size).toBeGreaterThan(1)
    for (const uid of world.named) expect(await world.rowsOf(uid)).toEqual([])
    await Promise.all([calm, ...processes].map((shards) => shards.close()))
  },
)

/** A PrismError is a valid answer; any other error fails the test. */
async function mayFail<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (error instanceof PrismError) return undefined
    throw error
  }
}

function createWorld(seed: number) {
  const clock = new TurnClock()
  const store = new MemoryObjectStore(clock)
  const base = new MemoryCoordination()
  /** Uids that have had a name. */
  const named = new Set<string>()
  const coordination: Coordination = {
    read: (key, options) => base.read(key, options),
    async write(key, change, conditions) {
      const reply = await base.write(key, change, conditions)
      if (key.pk === 'names' && reply === 'written' && change.set?.uid !== undefined) named.add(String(change.set.uid))
      return reply
    },
    delete: (key, conditions) => base.delete(key, conditions),
    query: (pk, skPrefix, options) => base.query(pk, skPrefix, options),
    close: () => base.close(),
  }
  const open = (components: ReturnType<typeof testComponents>, settings: ShardSettings = {}): Shards =>
    openShards({ ...components, analyzers }, { workerCount: 0, ...settings })
  return {
    named,
    /** What a collection is and where its shards are: schemas that writers were adding when it was deleted may be left. */
    async rowsOf(uid: string): Promise<unknown[]> {
      const keys = [metaKey(uid), ...[0, 1, 2].map((shard) => headKey({ uid, shard }))]
      const rows = await Promise.all(keys.map((key) => base.read(key, { consistent: true })))
      return rows.filter((row) => row !== undefined)
    },
    calm: () => open(testComponents({ store, coordination, clock, seed: seed + 1000 })),
    process(number: number): Shards {
      const plan = new FaultPlan({
        random: seededRandom(seed * 100 + number),
        rates: { fail_before: 0.03, fail_after: 0.05, repeat: 0.1 },
        delayTurnsMax: 4,
      })
      const stores = {
        store: new FaultyObjectStore(store, plan),
        coordination: new FaultyCoordination(coordination, plan),
      }
      return open(testComponents({ ...stores, clock, seed: seed * 100 + number }), {
        removesDeleted: number % 2 === 0 ? 'later' : 'in_background',
      })
    },
  }
}

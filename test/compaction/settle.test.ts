import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { openShards } from '../../core/engine/open-shards.ts'
import type { ShardSettings } from '../../core/engine/shards.ts'
import { UnavailableError } from '../../core/errors.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { ThawingClock } from '../../core/thawing-clock.ts'
import { InvocationLimit } from '../../core/time-limit.ts'
import { FaultPlan, type RequestPlan } from '../faults/fault-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { auditShard } from '../shard/audit-shard.ts'
import { analyzers, testComponents, testSchema } from '../shard/open-test-shard.ts'

const request = { schema: testSchema, shardCount: 2, settings: {} }

test.each([1, 2, 3, 4])('a process makes no more requests after it has settled, seed %i', async (seed) => {
  const { open } = openStores()
  const requests: string[] = []
  let underWay = 0
  const random = seededRandom(seed)
  const slow = new FaultPlan({ random, rates: {}, delayTurnsMax: 8 })
  const plan: RequestPlan = {
    run: (what, request) => {
      requests.push(what)
      underWay++
      return slow.run(what, request).finally(() => {
        underWay--
      })
    },
    happens: () => false,
  }
  const shards = open({ plan, seed })
  const collection = await open({ seed: 100 }).createCollection('books', request)

  for (let i = 0; i < 30; i++) {
    const documents = [{ id: `a${i}` }, { id: `b${i}` }]
    await shards.writeDocuments(collection, documents)
    // A function settles before each answer.
    if (i % 3 > 0) continue
    await quietAfter(shards.settle(), requests, () => underWay)
  }
  await shards.deleteCollection('books')
  await quietAfter(shards.settle(), requests, () => underWay)

  expect(requests.some((what) => what.includes('/committed/'))).toBe(true)
  expect(requests.length).toBeGreaterThan(100)
})

test('when a writer has settled, its small merges are done', async () => {
  const { stores, open } = openStores()
  const shards = open()
  const collection = await shards.createCollection('books', { ...request, shardCount: 1 })

  for (let i = 0; i < 8; i++) await shards.writeDocuments(collection, [{ id: `d${i}` }])
  await shards.settle()

  const { head, documents } = await auditShard(stores, { uid: collection.uid, shard: 0 })
  expect([head.manifest.segments.length, documents.size]).toEqual([1, 8])
})

test('a process whose merges and markers fail still settles, and reports the failed merges', async () => {
  const { open } = openStores()
  const failures: unknown[] = []
  const plan: RequestPlan = {
    run: (what, request) => {
      const isBackground = what.startsWith('put stream') || what.includes('/committed/')
      return isBackground ? Promise.reject(new UnavailableError('injected', `down: ${what}`)) : request()
    },
    happens: () => false,
  }
  const shards = open({ plan, onFailure: (error) => failures.push(error) })
  const collection = await shards.createCollection('books', { ...request, shardCount: 1 })

  for (let i = 0; i < 9; i++) await shards.writeDocuments(collection, [{ id: `d${i}` }])
  await shards.settle()

  expect(failures).not.toEqual([])
  expect(failures).toEqual(failures.map(() => expect.objectContaining({ code: 'injected' })))
})

test('a process settles at its time limit, even if requests hang', async () => {
  const clock = new ManualClock()
  const { open } = openStores(clock)
  const timeLimit = new InvocationLimit(clock)
  const hanging: RequestPlan = {
    run: (what, request) => (what.includes('/committed/') ? new Promise(() => undefined) : request()),
    happens: () => false,
  }
  const shards = open({ plan: hanging, timeLimit })
  timeLimit.begin(5000)
  const collection = await shards.createCollection('books', request)
  await shards.writeDocuments(collection, [{ id: 'a' }])
  let isSettled = false
  const settling = shards.settle().then(() => {
    isSettled = true
  })

  await clock.advance(4999)
  const early = isSettled
  await clock.advance(1)
  await settling

  expect(early).toBe(false)
  // The document exists: lost markers do no harm.
  timeLimit.begin(20_000)
  const pinned = await shards.pin(collection, { consistency: 'strong' })
  expect(pinned.map((shard) => 'version' in shard && shard.version).sort()).toEqual([1, 2])
})

test('data cached before a pause is not taken for fresh after it', async () => {
  const base = new ManualClock()
  const { open } = openStores(base)
  const clock = new ThawingClock(base)
  const frozen = open({ clock, seed: 2 })
  const rival = open({ seed: 3 })
  const collection = await rival.createCollection('books', { ...request, shardCount: 1 })
  const versionSeen = async () => {
    const [shard] = await frozen.pin(collection, { consistency: 'eventual' })
    return shard && 'version' in shard ? shard.version : shard
  }
  const before = await versionSeen()
  await rival.writeDocuments(collection, [{ id: 'a' }])

  // The monotonic clock stands still for ten minutes.
  base.jump(600_000)
  const unaware = await versionSeen()
  clock.thaw()

  expect([before, unaware, await versionSeen()]).toEqual([1, 1, 2])
})

type ProcessOptions = ShardSettings & {
  readonly plan?: RequestPlan
  readonly seed?: number
  readonly timeLimit?: InvocationLimit
  readonly clock?: ThawingClock
}

function openStores(base = new ManualClock()) {
  const stores = { store: new MemoryObjectStore(base), coordination: new MemoryCoordination() }
  const open = ({ plan, seed = 1, timeLimit, clock, ...settings }: ProcessOptions = {}) => {
    const faulty = plan && {
      store: new FaultyObjectStore(stores.store, plan),
      coordination: new FaultyCoordination(stores.coordination, plan),
    }
    const components = testComponents({ ...stores, ...faulty, clock: clock ?? awake(base), seed })
    return openShards({ ...components, analyzers, ...(timeLimit && { timeLimit }) }, { workerCount: 0, ...settings })
  }
  return { stores, open }
}

/** The same clock, but sleepers wake by themselves after a few turns of the event loop. */
function awake(clock: ManualClock): ManualClock {
  const nap = async () => {
    for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve))
  }
  return Object.assign(Object.create(clock) as ManualClock, {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: nap,
  })
}

/** Settles, then checks that nothing is under way and nothing is begun for as long as any remaining work would take. */
async function quietAfter(settling: Promise<void>, requests: readonly string[], underWay: () => number): Promise<void> {
  await settling
  expect(underWay()).toBe(0)
  const count = requests.length
  for (let i = 0; i < 60; i++) await new Promise((resolve) => setImmediate(resolve))
  expect(requests.slice(count)).toEqual([])
}

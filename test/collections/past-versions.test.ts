import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openPast, type Past } from '../../core/collections/past-versions.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { collectShard } from '../../core/garbage/collect-shard.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { addPin } from '../../core/version/change-pins.ts'
import { shardPrefix } from '../../core/version/collection.ts'
import { headKey, readHead } from '../../core/version/head.ts'
import { readVersion } from '../../core/version/history.ts'
import { manifestKey } from '../../core/version/object-names.ts'
import { writeGroup } from '../../core/writing/write-group.ts'
import { CutPlan } from '../faults/cut-plan.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { auditChain } from '../shard/audit-shard.ts'
import { createTestShard, put, testComponents, testSchema } from '../shard/open-test-shard.ts'

const MINUTE = 60_000

test('every version is found from every later one, with as many reads as their distance has digits', async () => {
  const world = await createWorld()
  for (let i = 0; i < 33; i++) await world.write(`d${i}`)
  const head = await readHead(world.components, world.ref)
  const chain = await auditChain(world.components.store, world.ref, head.manifest)

  for (const newer of chain) {
    for (const { version, commitId } of chain.slice(0, newer.version)) {
      const plan = new CutPlan(Number.POSITIVE_INFINITY)
      const store = new FaultyObjectStore(world.components.store, plan)
      const found = await readVersion(store, world.ref, { head: { ...head, manifest: newer }, version })
      expect(found).toMatchObject({ version, commitId })
      expect(plan.log.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(newer.version - version + 1)))
    }
  }
})

test('the version at a time is the newest one acknowledged by then, despite manifests of lost attempts', async () => {
  const steps = fc.array(
    fc.record({ pauseMs: fc.integer({ min: 1, max: 1000 }), losers: fc.nat(2), lateMs: fc.nat(1000) }),
    { minLength: 1, maxLength: 12 },
  )
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 0, max: 12_000 }), async (taken, afterMs) => {
      const world = await createWorld()
      const startMs = world.clock.now()
      let stood = 1
      for (const { pauseMs, losers, lateMs } of taken) {
        await world.clock.advance(pauseMs)
        for (let i = 0; i < losers; i++) await world.lose(`loser-${i}`)
        // The winning attempt may have been uploaded after the losing ones.
        await world.clock.advance(lateMs)
        await world.write('a')
        if (world.clock.now() <= startMs + afterMs)
          stood = (await readHead(world.components, world.ref)).manifest.version
      }

      expect((await world.find({ timeMs: startMs + afterMs })).version).toBe(stood)
    }),
    { numRuns: 150 },
  )
})

test('a version that may have been collected is refused, by number and by time, unless it is pinned', async () => {
  const world = await createWorld()
  const startMs = world.clock.now()
  for (let i = 0; i < 5; i++) {
    await world.clock.advance(MINUTE)
    await world.write('a')
  }
  const head = await readHead(world.components, world.ref)
  const fourth = await world.find({ versions: [4] })
  await addPin(world.components, world.ref, { holder: 'h', version: 4, commitId: fourth.commitId })
  await collectShard(world.components, world.ref, { retentionMs: 0 })
  const refused = { name: 'NotFoundError', code: 'version_not_retained' }

  expect((await world.find({ versions: [4] })).commitId).toBe(fourth.commitId)
  expect((await world.find({ versions: [6] })).commitId).toBe(head.manifest.commitId)
  expect((await world.find({ timeMs: world.clock.now() })).version).toBe(6)
  await expect(world.find({ versions: [5] })).rejects.toMatchObject(refused)
  // Version 4 exists because of its pin, but the version at that time was 5.
  await expect(world.find({ timeMs: startMs + 4 * MINUTE })).rejects.toMatchObject(refused)
  await expect(world.find({ timeMs: startMs - MINUTE })).rejects.toMatchObject(refused)
})

test('a time before the creation is refused with the time of the creation', async () => {
  const world = await createWorld()
  const { createdMs } = world.collection
  const before = { timeMs: createdMs - MINUTE }
  const [time, createdAt] = [before.timeMs, createdMs].map((ms) => new Date(ms).toISOString())

  await expect(world.find(before)).rejects.toMatchObject({
    code: 'version_not_retained',
    message: `collection "books" has no content of ${time}: it did not exist yet, it was created at ${createdAt}`,
    details: { created_at: createdAt },
  })
  const branch = await openPast(world.components, { ...world.collection, parent: 'another' }, before)
  await expect(branch(world.ref, await readHead(world.components, world.ref))).rejects.toThrow(
    `its history begins at ${createdAt}, with the branch or the restore that made it`,
  )
})

test('a version is refused as soon as it may be collected, even if all its objects still exist', async () => {
  const world = await createWorld()
  for (let i = 0; i < 4; i++) await world.write('a')
  await world.components.coordination.write(headKey(world.ref), { set: { retainedFrom: 4 } }, [])

  await expect(world.find({ versions: [3] })).rejects.toMatchObject({ code: 'version_not_retained' })
  expect((await world.find({ versions: [4] })).version).toBe(4)
})

test('a version that is collected during a read is reported as not retained', async () => {
  const world = await createWorld()
  for (let i = 0; i < 4; i++) await world.write('a')
  const head = await readHead(world.components, world.ref)
  const find = await openPast(world.components, world.collection, { versions: [2] })

  await collectShard(world.components, world.ref, { retentionMs: 0 })

  await expect(find(world.ref, head)).rejects.toMatchObject({ code: 'version_not_retained' })
})

test('a collection during a read does not make an older, pinned version the version at a time', async () => {
  const world = await createWorld()
  const startMs = world.clock.now()
  // Version 7 refers to both 4 and 6, so the search can reach 4 without 5.
  for (let version = 2; version <= 7; version++) {
    await world.clock.advance(MINUTE)
    await world.write('a')
  }
  const { version, commitId } = await world.find({ versions: [4] })
  await addPin(world.components, world.ref, { holder: 'h', version, commitId })
  const head = await readHead(world.components, world.ref)
  const past = { timeMs: startMs + 4 * MINUTE }
  const find = await openPast(world.components, world.collection, past)
  const before = await find(world.ref, head)

  await collectShard(world.components, world.ref, { retentionMs: 0 })

  expect(before.version).toBe(5)
  await expect(find(world.ref, head)).rejects.toMatchObject({ code: 'version_not_retained' })
})

async function createWorld() {
  const clock = new ManualClock()
  const unhurried = { now: () => clock.now(), monotonic: () => clock.monotonic(), sleep: async () => undefined }
  const components = testComponents({
    store: new MemoryObjectStore(clock),
    coordination: new MemoryCoordination(),
    clock: unhurried,
  })
  const createdMs = clock.now()
  const ref = await createTestShard(components)
  const collection = { name: 'books', uid: ref.uid, shardCount: 1, createdMs }
  const write = async (id: string) => {
    const turn = { onBuilt: () => undefined, previous: Promise.resolve(undefined) }
    await writeGroup(components, ref, { schema: testSchema, operations: [put(id)] }, turn)
  }
  /** Leaves the manifest of an attempt that is based on the head and never committed. */
  const lose = async (commitId: string) => {
    const { version } = (await readHead(components, ref)).manifest
    await components.store.put(shardPrefix(ref) + manifestKey({ version: version + 1, commitId }), new Uint8Array(1))
  }
  const find = async (past: Past) => {
    const read = await openPast(components, collection, past)
    return read(ref, await readHead(components, ref))
  }
  return { clock, components, ref, collection, write, lose, find }
}

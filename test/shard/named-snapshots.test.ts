import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { collectGarbage } from '../../core/shard/collect-garbage.ts'
import type { Collection } from '../../core/shard/collection.ts'
import { createCollection } from '../../core/shard/create-collection.ts'
import { fenceCollection } from '../../core/shard/delete-collection.ts'
import { readHead } from '../../core/shard/head.ts'
import { createSnapshot, deleteSnapshot, listSnapshots } from '../../core/shard/named-snapshots.ts'
import { removeCollection } from '../../core/shard/remove-collection.ts'
import { readSnapshots } from '../../core/shard/snapshot-rows.ts'
import { writeGroup } from '../../core/shard/write-group.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { CutPlan } from '../faults/cut-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { auditManifest } from './audit-shard.ts'
import { checkNothingElse, keptVersions } from './collect-world.ts'
import { put, testComponents, testSchema } from './open-test-shard.ts'

const SHARDS = 2
const HOUR = 60 * 60 * 1000

test('a snapshot keeps its versions through every collection until it is deleted', async () => {
  const world = await createWorld()
  const made = await createSnapshot(world.components, world.collection, 'one')
  await world.write('b')
  await world.collect(0)

  const documents = await documentsOf(world, 0, made.versions[0]!.version)
  await deleteSnapshot(world.components, world.collection, 'one')
  await world.collect(0)

  expect(documents).toEqual(['a'])
  expect(await pinsOf(world)).toEqual([[], []])
  for (const shard of [0, 1]) await checkNothingElse(world.components, { uid: world.collection.uid, shard })
})

test('a snapshot that ends anywhere is there or can be made anew, and leaves no pin behind', async () => {
  for (const isDone of [false, true]) {
    for (let after = 0; ; after++) {
      const world = await createWorld()
      const plan = new CutPlan(after, { isDone })
      await createSnapshot(world.process(plan), world.collection, 'one').catch(() => undefined)

      await world.clock.advance(2 * HOUR)
      await world.collect(HOUR)
      const listed = await listSnapshots(world.components, world.collection)
      if (listed.length === 0) await createSnapshot(world.components, world.collection, 'one')

      const [row, ...more] = await readSnapshots(world.components.coordination, world.collection.uid)
      expect([row?.state, more]).toEqual(['ready', []])
      expect(await pinsOf(world)).toEqual(
        row!.versions.map(({ version, commitId }) => [{ holder: row!.holder, version, commitId }]),
      )
      if (!plan.isCut) break
    }
  }
})

test('the deletion of a snapshot that ends anywhere is finished by the next collection', async () => {
  for (const isDone of [false, true]) {
    for (let after = 0; ; after++) {
      const world = await createWorld()
      await createSnapshot(world.components, world.collection, 'one')
      const plan = new CutPlan(after, { isDone })
      await deleteSnapshot(world.process(plan), world.collection, 'one').catch(() => undefined)

      const [left] = await listSnapshots(world.components, world.collection)
      if (left) await deleteSnapshot(world.components, world.collection, 'one')
      await world.collect(HOUR)

      expect(await readSnapshots(world.components.coordination, world.collection.uid)).toEqual([])
      expect(await pinsOf(world)).toEqual([[], []])
      if (!plan.isCut) break
    }
  }
})

test('a pin that comes after its snapshot was given up is nobody’s, and goes', async () => {
  const world = await createWorld()
  // Frozen between the announcement and its pins, for longer than anybody waits.
  let thaw: () => void = () => undefined
  const frozen = new Promise<void>((resolve) => {
    thaw = resolve
  })
  const coordination = new (class extends FaultyCoordination {
    #writes = 0
    override async write(...request: Parameters<FaultyCoordination['write']>) {
      if (this.#writes++ === 1) await frozen
      return super.write(...request)
    }
  })(world.components.coordination, new CutPlan(Number.POSITIVE_INFINITY))
  const making = createSnapshot({ ...world.components, coordination }, world.collection, 'one')
  making.catch(() => undefined)
  await world.clock.advance(2 * HOUR)
  await world.collect(HOUR)
  const between = await readSnapshots(world.components.coordination, world.collection.uid)

  thaw()
  await expect(making).rejects.toMatchObject({ code: 'snapshot_exists' })

  expect(between).toEqual([])
  expect(await pinsOf(world)).toEqual([[], []])
})

test('of snapshots made at the same time under one name one is made', async () => {
  const world = await createWorld()
  const made = await Promise.allSettled([1, 2, 3].map(() => createSnapshot(world.components, world.collection, 'one')))

  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect((await pinsOf(world)).map((pins) => pins.length)).toEqual([1, 1])
})

test('the snapshots of a deleted collection go with it', async () => {
  const world = await createWorld()
  const { uid } = world.collection
  await createSnapshot(world.components, world.collection, 'one')
  await fenceCollection(world.components, uid)

  expect(await removeCollection(world.components, uid)).toBe('removed')

  expect(await readSnapshots(world.components.coordination, uid)).toEqual([])
})

type World = Awaited<ReturnType<typeof createWorld>>

async function createWorld() {
  const clock = new ManualClock()
  const unhurried = { now: () => clock.now(), monotonic: () => clock.monotonic(), sleep: async () => undefined }
  const store = new MemoryObjectStore(clock)
  const coordination = new MemoryCoordination()
  const components = testComponents({ store, coordination, clock: unhurried })
  const uid = await createCollection(components, 'books', { schema: testSchema, shardCount: SHARDS, settings: {} })
  const collection: Collection = {
    name: 'books',
    uid,
    shardCount: SHARDS,
    schema: testSchema,
    settings: {},
    revision: 1,
    createdMs: 0,
  }
  const write = async (id: string) => {
    const turn = { onBuilt: () => undefined, previous: Promise.resolve(undefined) }
    for (let shard = 0; shard < SHARDS; shard++) {
      await writeGroup(components, { uid, shard }, { schema: testSchema, operations: [put(id)] }, turn)
    }
  }
  const collect = async (retentionMs: number) => {
    const failures: unknown[] = []
    const hooks = { goesOn: () => true, onFailure: (error: unknown) => failures.push(error) }
    await collectGarbage(components, [collection], { retentionMs }, hooks)
    expect(failures).toEqual([])
  }
  const process = (plan: CutPlan) => ({
    ...components,
    store: new FaultyObjectStore(store, plan),
    coordination: new FaultyCoordination(coordination, plan),
  })
  await write('a')
  return { clock, components, collection, write, collect, process }
}

function pinsOf({ components, collection }: World) {
  return Promise.all([0, 1].map(async (shard) => (await readHead(components, { uid: collection.uid, shard })).pins))
}

async function documentsOf({ components, collection }: World, shard: number, version: number): Promise<string[]> {
  const ref = { uid: collection.uid, shard }
  const kept = await keptVersions(components, ref, await readHead(components, ref))
  const manifest = kept.find((one) => one.version === version)
  return [...(await auditManifest(components.store, ref, manifest!)).keys()]
}

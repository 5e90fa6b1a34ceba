import { expect, test } from 'vitest'
import { createCollection } from '../../core/collections/create-collection.ts'
import { fenceCollection } from '../../core/collections/delete-collection.ts'
import { createSnapshot, deleteSnapshot, listSnapshots, tidySnapshots } from '../../core/collections/named-snapshots.ts'
import { beginDeleting, readEvenDeleted, readSnapshots } from '../../core/collections/snapshot-rows.ts'
import type { Row } from '../../core/coordination/coordination.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { UnavailableError } from '../../core/errors.ts'
import { collectShards } from '../../core/garbage/collect-shards.ts'
import { removeCollection } from '../../core/garbage/remove-collection.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { addPin } from '../../core/version/change-pins.ts'
import type { Collection } from '../../core/version/collection.ts'
import { readHead } from '../../core/version/head.ts'
import { writeGroup } from '../../core/writing/write-group.ts'
import { CutPlan } from '../faults/cut-plan.ts'
import { FaultPlan } from '../faults/fault-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { checkNothingElse, keptVersions } from '../garbage/collect-world.ts'
import { auditManifest } from '../shard/audit-shard.ts'
import { put, testComponents, testSchema } from '../shard/open-test-shard.ts'

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

test('a snapshot that is interrupted anywhere exists or can be created again, and leaves no pin behind', async () => {
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

test('the next garbage collection finishes a deletion of a snapshot that is interrupted anywhere', async () => {
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

test('a pin added after its snapshot was abandoned is removed', async () => {
  for (const dies of [false, true]) {
    const world = await createWorld()
    // Stopped between the announcement and the pins for longer than others wait; then it may end after the first pin.
    const { components, thaw } = frozenAt(world, 1, dies ? 1 : Number.POSITIVE_INFINITY)
    const making = createSnapshot(components, world.collection, 'one')
    making.catch(() => undefined)
    await world.clock.advance(2 * HOUR)
    await world.collect(HOUR)
    const between = await readSnapshots(world.components.coordination, world.collection.uid)

    thaw()
    await expect(making).rejects.toMatchObject({ code: dies ? 'unavailable' : 'snapshot_exists' })
    const pins = (await pinsOf(world)).flat()
    await world.collect(HOUR)

    expect([between, pins.length]).toEqual([[], dies ? 1 : 0])
    expect(await pinsOf(world)).toEqual([[], []])
  }
})

test('a snapshot whose deletion has begun cannot be finished', async () => {
  const world = await createWorld()
  const { components, thaw } = frozenAt(world, 1 + SHARDS)
  const making = createSnapshot(components, world.collection, 'one')
  making.catch(() => undefined)
  await world.clock.advance(2 * HOUR)
  const { coordination } = world.components
  const [row] = await readSnapshots(coordination, world.collection.uid)
  await beginDeleting(coordination, world.collection.uid, row!)

  thaw()

  await expect(making).rejects.toMatchObject({ code: 'snapshot_exists' })
  expect(await readSnapshots(coordination, world.collection.uid)).toEqual([])
  expect(await pinsOf(world)).toEqual([[], []])
})

test('a collector that found a snapshot unfinished keeps it if the creator finishes first', async () => {
  const world = await createWorld()
  const { components, thaw } = frozenAt(world, 1 + SHARDS)
  const making = createSnapshot(components, world.collection, 'one')
  await world.clock.advance(2 * HOUR)
  const meeting = new (class extends FaultyCoordination {
    override async *query(...request: Parameters<FaultyCoordination['query']>) {
      const rows: Row[] = []
      for await (const row of super.query(...request)) rows.push(row)
      thaw()
      await making
      yield* rows
    }
  })(world.components.coordination, new CutPlan(Number.POSITIVE_INFINITY))

  await tidySnapshots({ ...world.components, coordination: meeting }, world.collection, new Map())

  const [row] = await listSnapshots(world.components, world.collection)
  expect(row?.holder).toBe((await making).holder)
  expect((await pinsOf(world)).map((own) => own.length)).toEqual([1, 1])
})

test('a snapshot is created and deleted once, even if every request is repeated', async () => {
  const world = await createWorld()
  const plan = new FaultPlan({ random: seededRandom(1), rates: { repeat: 1 } })
  const repeating = { ...world.components, coordination: new FaultyCoordination(world.components.coordination, plan) }

  const made = await createSnapshot(repeating, world.collection, 'one')
  const pins = await pinsOf(world)
  await deleteSnapshot(repeating, world.collection, 'one')

  expect(made.versions).toHaveLength(SHARDS)
  expect(pins.map((own) => own.length)).toEqual([1, 1])
  expect(await pinsOf(world)).toEqual([[], []])
})

/**
 * Simulation (docs/decisions/0043), seeds 1109 and 5906: the request that made a snapshot ready was given up, so its creator took it
 * away. Then a second try of the request that announced it arrived, and then the request that made it ready: it could be
 * read again, its versions were not pinned, and the next collection removed them.
 */
test('late requests neither bring a deleted snapshot back nor change the next one of its name', async () => {
  for (const end of ['deleted', 'given up', 'called off'] as const) {
    const world = await createWorld()
    const { coordination } = world.components
    const { uid } = world.collection
    // Twice, because the second one takes the name of a deleted snapshot.
    const requests: (() => Promise<unknown>)[] = []
    for (let round = 0; round < 2; round++) {
      const { components, late } = lateRequests(world, end)
      const making = createSnapshot(components, world.collection, 'one')
      if (end === 'deleted') await deleteSnapshot(components, world.collection, (await making).name)
      else await expect(making).rejects.toMatchObject({ code: 'injected_loss' })
      await world.clock.advance(2 * HOUR)
      await world.collect(HOUR)

      requests.push(...late)
      for (const request of requests) {
        await request()
        expect(await readSnapshots(coordination, uid)).toEqual([])
      }
    }

    const next = await createSnapshot(world.components, world.collection, 'one')
    for (const request of requests) {
      await request()
      expect(await readSnapshots(coordination, uid)).toEqual([next])
    }
    expect((await pinsOf(world)).map((own) => own.length)).toEqual([1, 1])
  }
})

test('the row of a deleted snapshot is removed a day later', async () => {
  const world = await createWorld()
  const { coordination } = world.components
  const { uid } = world.collection
  await createSnapshot(world.components, world.collection, 'one')
  await deleteSnapshot(world.components, world.collection, 'one')

  const counts: number[] = []
  for (const hours of [0, 23, 2]) {
    await world.clock.advance(hours * HOUR)
    await world.collect(HOUR)
    counts.push((await readEvenDeleted(coordination, uid)).length)
  }

  expect(counts).toEqual([1, 1, 0])
})

test('a pin of a deleted snapshot is removed, although its row still exists', async () => {
  const world = await createWorld()
  const { uid } = world.collection
  const { holder, versions } = await createSnapshot(world.components, world.collection, 'one')
  await deleteSnapshot(world.components, world.collection, 'one')
  await addPin(world.components, { uid, shard: 0 }, { holder, ...versions[0]! })

  await world.collect(HOUR)

  expect(await pinsOf(world)).toEqual([[], []])
})

test('if several processes create a snapshot under one name, only one succeeds', async () => {
  const world = await createWorld()
  const made = await Promise.allSettled([1, 2, 3].map(() => createSnapshot(world.components, world.collection, 'one')))

  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect((await pinsOf(world)).map((pins) => pins.length)).toEqual([1, 1])
})

test('the deletion of a collection removes its snapshots', async () => {
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
    const hooks = { mayContinue: () => true, onFailure: (error: unknown) => failures.push(error) }
    await collectShards(components, [collection], { retentionMs }, hooks)
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

/** A process that stops before the write with the given number, from 0, until it is resumed, and ends after some more writes. */
function frozenAt({ components }: World, number: number, writesAfter = Number.POSITIVE_INFINITY) {
  let thaw: () => void = () => undefined
  const frozen = new Promise<void>((resolve) => {
    thaw = resolve
  })
  let writes = 0
  const coordination = new (class extends FaultyCoordination {
    override async write(...request: Parameters<FaultyCoordination['write']>) {
      const own = writes++
      if (own >= number) await frozen
      if (own >= number + writesAfter) throw new UnavailableError('injected_end', 'the process has ended')
      return super.write(...request)
    }
  })(components.coordination, new CutPlan(Number.POSITIVE_INFINITY))
  return { components: { ...components, coordination }, thaw: () => thaw() }
}

/**
 * A process whose writes and deletions of rows can all arrive once more. If the snapshot is not `deleted`, the request that makes it
 * ready is only sent late: its creator gives up, or is gone from then on, so that others call the snapshot off.
 */
function lateRequests({ components }: World, end: 'deleted' | 'given up' | 'called off') {
  const late: (() => Promise<unknown>)[] = []
  let isGone = false
  const coordination = new (class extends FaultyCoordination {
    override async write(...request: Parameters<FaultyCoordination['write']>) {
      const [, { set }] = request
      const isLost = isGone || (end !== 'deleted' && set?.state === 'ready')
      isGone = isLost && end === 'called off'
      late.push(() => super.write(...request))
      if (isLost) throw new UnavailableError('injected_loss', 'no reply')
      return super.write(...request)
    }
    override async delete(...request: Parameters<FaultyCoordination['delete']>) {
      late.push(() => super.delete(...request))
      return super.delete(...request)
    }
  })(components.coordination, new CutPlan(Number.POSITIVE_INFINITY))
  return { components: { ...components, coordination }, late }
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

import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Shards } from '../../core/engine/shards.ts'
import { CutPlan } from '../faults/cut-plan.ts'
import { documents, keysOf, LostTableWorld } from './lost-table.ts'

const HOUR_MS = 60 * 60 * 1000

test('branches are restored with what they share, also of collections that are deleted, and all of it goes in the end', async () => {
  const world = new LostTableWorld()
  await family(world)
  const before = await world.content()

  const report = await world.loseTable()
  await collect(world)

  expect(report).toMatchObject({ deleted: 2, skipped: [] })
  expect(
    report.collections.flatMap(({ doubts, shards }) => [...doubts, ...shards.flatMap((one) => one.doubts)]),
  ).toEqual([])
  expect(await world.content()).toEqual(before)
  expect((await world.scrub()).damage).toEqual([])
  // Once more, because the second life of a table is as good as the first.
  await world.loseTable(51)
  await collect(world)
  expect(await world.content()).toEqual(before)
  const last = world.process(5)
  for (const name of before.keys()) await last.deleteCollection(name)
  for (let run = 0; run < 3; run++) await collect(world)
  expect(await keysOf(world)).toEqual([])
})

test('named snapshots are restored where their versions are still there', async () => {
  const world = new LostTableWorld()
  const shards = world.process(1)
  await world.create(shards, 'books')
  await world.write(shards, 'books', documents([1, 2], 'first'))
  const made = await shards.createSnapshot(await shards.getCollection('books'), 'two')
  await shards.createSnapshot(await shards.getCollection('books'), 'dropped')
  await shards.deleteSnapshot(await shards.getCollection('books'), 'dropped')
  await world.write(shards, 'books', documents([1, 2, 3], 'second'))
  await shards.settle()

  await world.loseTable()
  await collect(world)

  const reader = world.process(4)
  const books = await reader.getCollection('books')
  expect(await reader.listSnapshots(books)).toEqual([made])
  const pinned = await reader.pin(books, { consistency: 'strong', past: { snapshot: 'two' } })
  expect(pinned.map((shard) => 'manifest' in shard && shard.version)).toEqual(
    made.versions.map(({ version }) => version),
  )
  await reader.restoreCollection('books', { snapshot: 'two' })
  expect([...(await world.content()).get('books')!.documents.keys()].sort()).toEqual(['d1', 'd2'])
})

test('a snapshot whose version is lost is not restored, and that is said', async () => {
  const world = new LostTableWorld()
  const shards = world.process(1)
  await world.create(shards, 'books')
  await world.write(shards, 'books', documents([1, 2, 3, 4], 'first'))
  const { versions } = await shards.createSnapshot(await shards.getCollection('books'), 'two')
  await world.write(shards, 'books', documents([1, 2, 3, 4], 'second'))
  await shards.settle()
  const lost = (await keysOf(world)).filter(
    (key) => key.includes(`s/1/manifests/`) && key.endsWith(versions[1]!.commitId),
  )
  await world.store.delete(lost)

  const report = await world.loseTable()
  await collect(world)

  expect(lost).toHaveLength(1)
  expect(report.collections[0]!.doubts.join()).toMatch(/version \d of shard 1 .* cannot be read/)
  const reader = world.process(4)
  expect(await reader.listSnapshots(await reader.getCollection('books'))).toEqual([])
  expect((await world.content()).get('books')!.documents.size).toBe(4)
})

test('a rebuild that is cut off at any request is gone on with, and nothing that branches share is gone', async () => {
  for (let after = 0; ; after += 3) {
    const world = new LostTableWorld()
    await family(world)
    const before = await world.content()
    world.coordination = new MemoryCoordination()
    const plan = new CutPlan(after, { isDone: after % 2 === 0 })
    await world.rebuild(60, plan).catch(() => undefined)

    await world.rebuild(61).catch((error: { code: string }) => expect(error.code).toBe('table_not_empty'))
    await collect(world)

    expect(await world.content()).toEqual(before)
    if (!plan.isCut) break
  }
})

test('whatever a branch or a restore had come to when the table was lost, its content is the old or the new', async () => {
  for (const kind of ['branch', 'restore'] as const) {
    for (let after = 0; ; after++) {
      const world = new LostTableWorld()
      const maker = world.process(1)
      await world.create(maker, 'books')
      await world.write(maker, 'books', documents([1, 2, 3], 'first'))
      await maker.createSnapshot(await maker.getCollection('books'), 'three')
      await world.write(maker, 'books', documents([1, 4], 'second'))
      await maker.settle()
      const plan = new CutPlan(after)
      const process = world.process(2, plan, { removesDeleted: 'later' })
      const run =
        kind === 'branch'
          ? process.branchCollection('books', 'next')
          : process.restoreCollection('books', { snapshot: 'three' })
      await run.catch(() => undefined)
      const isDone = !plan.isCut

      await world.loseTable()
      await collect(world)

      const content = await world.content()
      const counts = [...content].map(([name, { documents }]) => [name.split('-recovered-')[0], documents.size])
      for (const [name, size] of counts) expect([4, name === 'books' ? 3 : 4]).toContain(size)
      if (isDone)
        expect(counts).toEqual(
          kind === 'branch'
            ? [
                ['books', 4],
                ['next', 4],
              ]
            : [['books', 3]],
        )
      else expect(Math.max(...counts.map(([, size]) => Number(size)))).toBeGreaterThanOrEqual(3)
      if (isDone) break
    }
  }
})

/** A branch of a branch of collections that are deleted, one that is written to, and a restored one. */
async function family(world: LostTableWorld): Promise<Shards> {
  const shards = world.process(1)
  await world.create(shards, 'a')
  await world.write(shards, 'a', documents([1, 2, 3, 4, 5, 6], 'a'))
  await shards.branchCollection('a', 'b')
  await world.write(shards, 'b', documents([1, 7], 'b'))
  await world.delete(shards, 'b', ['d2'])
  await shards.branchCollection('b', 'c')
  await world.write(shards, 'c', documents([3, 8], 'c'))
  await shards.branchCollection('b', 'd')
  await shards.createSnapshot(await shards.getCollection('d'), 'kept')
  await world.write(shards, 'd', documents([9], 'd'))
  await shards.deleteCollection('a')
  await shards.deleteCollection('b')
  await shards.settle()
  await shards.collectGarbage({ retentionMs: 0 })
  await shards.settle()
  return shards
}

async function collect(world: LostTableWorld): Promise<void> {
  await world.clock.sleep(2 * HOUR_MS)
  const failures: unknown[] = []
  const shards = world.process(3, undefined, { onFailure: (error) => failures.push(error) })
  for (let run = 0; run < 3; run++) {
    await shards.collectDeleted()
    await shards.collectGarbage({ retentionMs: 0 })
  }
  await shards.settle()
  expect(failures).toEqual([])
}

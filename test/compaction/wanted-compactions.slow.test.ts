import { expect, test } from 'vitest'
import { CutPlan } from '../faults/cut-plan.ts'
import { FaultPlan, type RequestPlan } from '../faults/fault-plan.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { createWornWorld, liveIds, refOf, wantsMerge, wearOut, workRows } from './worn-world.ts'

test('a commit that leaves segments worth merging announces the merge, once', async () => {
  const world = await createWornWorld()
  const log: string[] = []
  const writer = world.process({ plan: watching((what) => log.push(what)) })

  await wearOut(writer, world, 0)
  for (const id of ['a', 'b', 'c']) await writer.writeDocuments(world.collection, [{ id }])
  await writer.settle()

  expect(await workRows(world)).toEqual([`compact#${world.collection.uid}#0`])
  expect(log.filter((what) => what.startsWith('write work'))).toHaveLength(1)
})

test('a need that still exists after a minute is announced again', async () => {
  const world = await createWornWorld()
  const log: string[] = []
  const writer = world.process({ plan: watching((what) => log.push(what)) })
  await wearOut(writer, world, 0)

  await world.clock.sleep(61_000)
  await writer.writeDocuments(world.collection, [{ id: 'a' }])
  await writer.settle()

  expect(log.filter((what) => what.startsWith('write work'))).toHaveLength(2)
})

test('the next commit repeats an announcement that failed', async () => {
  const world = await createWornWorld()
  let isDown = true
  const writer = world.process({
    plan: watching((what) => {
      if (isDown && what.startsWith('write work')) throw new Error('as the test wants')
    }),
  })
  await wearOut(writer, world, 0)
  await writer.settle()
  await world.coordination.delete({ pk: 'work', sk: `compact#${world.collection.uid}#0` }, [])

  isDown = false
  await writer.writeDocuments(world.collection, [{ id: 'a' }])
  await writer.settle()

  expect(await workRows(world)).toHaveLength(1)
})

test('an acknowledgement does not wait for the announcement', async () => {
  const world = await createWornWorld()
  let release = () => {}
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  const writer = world.process({ plan: holding((what) => (what.startsWith('write work') ? gate : undefined)) })

  await wearOut(writer, world, 0)
  let isSettled = false
  const settling = writer.settle().then(() => {
    isSettled = true
  })
  await world.clock.sleep(20)
  const early = isSettled
  release()
  await settling

  expect(early).toBe(false)
  expect(await workRows(world)).toHaveLength(1)
})

test('a process that merges in the background announces nothing', async () => {
  const world = await createWornWorld()
  const writer = world.process({ backgroundCompaction: true })

  await wearOut(writer, world, 0)
  await writer.settle()

  expect(await workRows(world)).toEqual([])
  expect(await wantsMerge(world)).toBe(false)
})

test('announced shards are merged until no merge is worth doing, and no document is lost', async () => {
  const world = await createWornWorld()
  const writer = world.process()
  await wearOut(writer, world, 0)
  await wearOut(writer, world, 1)
  await writer.settle()
  const before = await liveIds(world)

  const report = await world.process({ seed: 3 }).compactWanted()

  expect(report).toMatchObject({ shards: 1, skipped: [], failed: 0, left: 0 })
  expect(report.merged).toMatchObject([{ ...refOf(world), merges: 1, segments: 2 }])
  expect(await liveIds(world)).toEqual(before)
  expect([await wantsMerge(world), await workRows(world)]).toEqual([false, []])
})

for (const isLate of [false, true]) {
  test(`a need that arises ${isLate ? 'after' : 'before'} any request of a compaction is not lost, and no row is left behind`, async () => {
    for (let at = 0; ; at++) {
      const world = await createWornWorld()
      // One process for the whole test, because it remembers its announcements.
      const writer = world.process()
      await wearOut(writer, world, 0)
      await writer.settle()
      let made = 0
      const arise = async () => {
        await wearOut(writer, world, 1)
        await writer.settle()
      }
      const plan: RequestPlan = {
        run: async (_what, request) => {
          const isNow = made++ === at
          if (isNow && !isLate) await arise()
          const outcome = await request()
          if (isNow && isLate) await arise()
          return outcome
        },
        happens: () => false,
      }

      const compactor = world.process({ plan, seed: 3 })
      await compactor.compactWanted()
      await compactor.settle()
      // The compaction ended before the need could arise.
      if (made <= at) {
        expect(at).toBeGreaterThan(10)
        break
      }

      const where = `request ${at} of ${made}`
      if (await wantsMerge(world)) expect(await workRows(world), where).toHaveLength(1)
      await world.process({ seed: 4 }).compactWanted()
      expect([await wantsMerge(world), await workRows(world)], where).toEqual([false, []])
      expect((await liveIds(world)).size, where).toBe(36 - 12)
    }
  })
}

test.each([false, true])(
  'a compaction that ends at any request (done: %s) is done again by another',
  async (isDone) => {
    for (let after = 0; ; after++) {
      const world = await createWornWorld()
      const writer = world.process()
      await wearOut(writer, world, 0)
      await writer.settle()
      const plan = new CutPlan(after, { isDone })

      const cut = world.process({ plan, seed: 3 })
      await cut.compactWanted().catch(() => undefined)
      await cut.settle()
      await world.process({ seed: 4 }).compactWanted()

      expect([await wantsMerge(world), await workRows(world)]).toEqual([false, []])
      expect((await liveIds(world)).size).toBe(36 - 6)
      if (!plan.isCut) return
    }
  },
)

test.each([1, 2, 3, 4])('two simultaneous compactors and a writer lose nothing, seed %i', async (seed) => {
  const world = await createWornWorld()
  const writer = world.process()
  await wearOut(writer, world, 0)
  await writer.settle()
  const compactors = [1, 2].map((number) => {
    const random = seededRandom(seed * 10 + number)
    return world.process({ plan: new FaultPlan({ random, rates: {}, delayTurnsMax: 5 }), seed: seed * 10 + number })
  })

  const runs = compactors.map((shards) => shards.compactWanted())
  await wearOut(writer, world, 1)
  await writer.writeDocuments(world.collection, [{ id: 'new' }])
  await writer.settle()
  const reports = await Promise.all(runs)
  await Promise.all(compactors.map((shards) => shards.settle()))

  expect(reports.map(({ failed }) => failed)).toEqual([0, 0])
  if (await wantsMerge(world)) expect(await workRows(world)).toHaveLength(1)
  await world.process({ seed: 99 }).compactWanted()
  expect([await wantsMerge(world), await workRows(world)]).toEqual([false, []])
  expect((await liveIds(world)).size).toBe(36 - 12 + 1)
})

test('a merge that would not end in time is not begun, is reported, and stays announced', async () => {
  const world = await createWornWorld()
  const writer = world.process()
  await wearOut(writer, world, 0)
  await writer.settle()

  const report = await world.process({ timeLimit: leaving(3200) }).compactWanted()
  const none = await world.process({ timeLimit: leaving(100) }).compactWanted()

  expect(report).toMatchObject({ shards: 1, merged: [], failed: 0, left: 0 })
  expect(report.skipped).toMatchObject([{ ...refOf(world), reason: 'no_time' }])
  expect(report.skipped[0]!.bytes).toBeGreaterThan(1_000_000)
  expect(none).toEqual({ shards: 1, merged: [], skipped: [], failed: 0, left: 1 })
  expect([await wantsMerge(world), (await workRows(world)).length]).toEqual([true, 1])
})

test('a merge that takes longer than expected is given up, and leaves the shard unchanged', async () => {
  const world = await createWornWorld()
  const writer = world.process()
  await wearOut(writer, world, 0)
  await writer.settle()
  const before = await liveIds(world)
  let remainingMs = 60_000
  const timeLimit = { remainingMs: () => remainingMs, signal: undefined }
  const failures: unknown[] = []
  const plan = watching((what) => {
    if (what.startsWith('get c/')) remainingMs = 500
  })

  const slow = world.process({ plan, timeLimit, onFailure: (error) => failures.push(error) })
  const report = await slow.compactWanted()

  expect(report).toMatchObject({ merged: [], failed: 0, left: 1 })
  expect(failures).toEqual([])
  expect(await liveIds(world)).toEqual(before)
  expect(await workRows(world)).toHaveLength(1)
  expect(await world.process({ seed: 4 }).compactWanted()).toMatchObject({ merged: [{ merges: 1 }] })
})

test('shards of deleted collections and damaged rows do not stop a run', async () => {
  const world = await createWornWorld()
  const writer = world.process()
  await wearOut(writer, world, 0)
  await writer.settle()
  await world.coordination.write({ pk: 'work', sk: 'compact#gone#3' }, { set: { announcedMs: 1, token: 'x' } }, [])
  await world.coordination.write({ pk: 'work', sk: 'compact#damaged#0' }, { set: { token: 7 } }, [])
  const failures: unknown[] = []

  const report = await world.process({ seed: 3, onFailure: (error) => failures.push(error) }).compactWanted()

  expect(report).toMatchObject({ shards: 3, failed: 1, left: 0, merged: [refOf(world)] })
  expect(failures).toMatchObject([{ code: 'corrupt_work' }])
  expect(await workRows(world)).toEqual(['compact#damaged#0'])
})

test('deleting a collection deletes its announcements', async () => {
  const world = await createWornWorld()
  const writer = world.process()
  await wearOut(writer, world, 0)
  await writer.settle()

  await writer.deleteCollection('books')
  await writer.settle()

  expect(await workRows(world)).toEqual([])
})

test('many small segments are announced if there is no time to merge them', async () => {
  const world = await createWornWorld()
  const hurried = world.process({ timeLimit: leaving(1000) })

  for (let i = 0; i < 7; i++) await hurried.writeDocuments(world.collection, [{ id: `small${i}` }])
  await hurried.settle()
  const before = await workRows(world)
  for (let i = 7; i < 9; i++) await hurried.writeDocuments(world.collection, [{ id: `small${i}` }])
  await hurried.settle()

  expect(before).toEqual([])
  expect(await workRows(world)).toHaveLength(1)
  expect(await world.process({ seed: 3 }).compactWanted()).toMatchObject({ merged: [{ merges: 1 }], skipped: [] })
  expect(await workRows(world)).toEqual([])
})

test('a merge of small segments that is given up for lack of time is announced, and is not a failure', async () => {
  const world = await createWornWorld()
  let remainingMs = 60_000
  const timeLimit = { remainingMs: () => remainingMs, signal: undefined }
  const failures: unknown[] = []
  const plan = watching((what) => {
    if (what.startsWith('put stream')) remainingMs = 500
  })
  const slow = world.process({ plan, timeLimit, onFailure: (error) => failures.push(error) })

  for (let i = 0; i < 9; i++) {
    await slow.writeDocuments(world.collection, [{ id: `small${i}` }])
    await slow.settle()
    if (remainingMs < 1000) break
  }

  expect(remainingMs).toBe(500)
  expect(failures).toEqual([])
  expect(await workRows(world)).toHaveLength(1)
  expect((await liveIds(world)).size).toBe(36 + 8)
})

/** A time limit whose remaining time never changes. */
function leaving(remainingMs: number) {
  return { remainingMs: () => remainingMs, signal: undefined }
}

/** Carries out every request, after a call of `onRequest`. */
function watching(onRequest: (what: string) => void): RequestPlan {
  return {
    run: async (what, request) => {
      onRequest(what)
      return request()
    },
    happens: () => false,
  }
}

/** Carries out every request, some only after their gate has opened. */
function holding(gateOf: (what: string) => Promise<void> | undefined): RequestPlan {
  return {
    run: async (what, request) => {
      await gateOf(what)
      return request()
    },
    happens: () => false,
  }
}

import { expect, test } from 'vitest'
import { nameKey } from '../../core/collections/collection-rows.ts'
import { CutPlan } from '../faults/cut-plan.ts'
import { FaultPlan } from '../faults/fault-plan.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { createWorld, everythingOf, NOTHING, type World, workRows } from './deletion-world.ts'

const HOUR_MS = 60 * 60 * 1000

for (const isDone of [false, true]) {
  const where = isDone ? 'after' : 'before'

  test(`a deletion that is interrupted just ${where} any of its requests is finished by another process`, async () => {
    const ends = await forEachCut(isDone, async (world, plan) => {
      const others = await everythingOf(world, world.others)
      const process = world.process({ plan })

      const wasTold = await process.deleteCollection('books').then(
        () => true,
        () => false,
      )
      await process.settle()
      const hasBegun = (await uidOfBooks(world)) !== world.books
      const report = await world.process().collectDeleted()

      if (wasTold) expect(hasBegun).toBe(true)
      if (hasBegun) {
        expect(await everythingOf(world, world.books)).toEqual(NOTHING)
        expect(await workRows(world)).toEqual([])
        expect(report).toMatchObject({ waiting: 0, calledOff: 0, failed: 0, left: 0 })
      } else {
        await expectAlive(world)
      }
      expect(await everythingOf(world, world.others)).toEqual(others)
      return hasBegun ? 'begun' : 'not begun'
    })

    // The interruptions covered the requests before and after the name was freed.
    expect(ends.filter((end) => end === 'not begun').length).toBeGreaterThanOrEqual(2)
    expect(ends.filter((end) => end === 'begun').length).toBeGreaterThan(20)
  })

  test(`after a collector is interrupted just ${where} any of its requests, another one finishes`, async () => {
    await forEachCut(isDone, async (world, plan) => {
      const others = await everythingOf(world, world.others)
      await world.process({ removesDeleted: 'later' }).deleteCollection('books')

      await world
        .process({ plan })
        .collectDeleted()
        .catch(() => undefined)
      await world.process().collectDeleted()

      expect(await everythingOf(world, world.books)).toEqual(NOTHING)
      expect(await workRows(world)).toEqual([])
      expect(await everythingOf(world, world.others)).toEqual(others)
    })
  })
}

test.each([1, 2, 3, 4, 5, 6])(
  'collectors that run at once remove the same, and nothing else, seed %i',
  async (seed) => {
    const world = await createWorld()
    const others = await everythingOf(world, world.others)
    await world.process({ removesDeleted: 'later' }).deleteCollection('books')
    const failures: unknown[] = []

    const reports = await Promise.all(
      [1, 2, 3].map((number) => {
        const random = seededRandom(seed * 10 + number)
        const plan = new FaultPlan({ random, rates: { repeat: 0.2 }, delayTurnsMax: 6 })
        const process = world.process({ plan, seed: seed * 10 + number, onFailure: (error) => failures.push(error) })
        return process.collectDeleted()
      }),
    )

    expect(failures).toEqual([])
    expect(reports.some(({ removed }) => removed === 1)).toBe(true)
    expect(await everythingOf(world, world.books)).toEqual(NOTHING)
    expect(await everythingOf(world, world.others)).toEqual(others)
    expect(await workRows(world)).toEqual([])
  },
)

/** Ends a process at its first request, then another at its second, and so on until one finishes. */
async function forEachCut<T>(isDone: boolean, run: (world: World, plan: CutPlan) => Promise<T>): Promise<T[]> {
  const outcomes: T[] = []
  for (let after = 0; ; after++) {
    const plan = new CutPlan(after, { isDone })
    outcomes.push(await run(await createWorld(), plan))
    if (!plan.isCut) return outcomes
  }
}

/** A deletion that never began changes nothing, is called off after an hour, and can be repeated. */
async function expectAlive(world: World): Promise<void> {
  const process = world.process({ seed: 9 })
  const collection = await process.getCollection('books')
  const { indexed } = await process.writeDocuments(collection, [{ id: 'new' }])
  const wasAnnounced = (await workRows(world)).length === 1

  await world.clock.sleep(2 * HOUR_MS)
  const report = await process.collectDeleted()

  expect([indexed, report.calledOff]).toEqual([1, wasAnnounced ? 1 : 0])
  expect(await workRows(world)).toEqual([])
  const pinned = await process.pin(await process.getCollection('books', 'fresh'), { consistency: 'strong' })
  expect(pinned.map((shard) => 'manifest' in shard)).toEqual([true, true, true])
  await process.deleteCollection('books')
  await process.settle()
  expect(await everythingOf(world, world.books)).toEqual(NOTHING)
}

async function uidOfBooks({ coordination }: World): Promise<unknown> {
  return (await coordination.read(nameKey('books'), { consistent: true }))?.attributes.uid
}

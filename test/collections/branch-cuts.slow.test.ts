import { expect, test } from 'vitest'
import type { Shards } from '../../core/engine/shards.ts'
import { NotFoundError } from '../../core/errors.ts'
import { decodePins } from '../../core/version/pins.ts'
import { CutPlan } from '../faults/cut-plan.ts'
import { FaultPlan } from '../faults/fault-plan.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { auditManifest, auditShard } from '../shard/audit-shard.ts'
import { createWorld, everythingOf, NOTHING, type World, workRows } from './deletion-world.ts'

const HOUR_MS = 60 * 60 * 1000
const SHARDS = [0, 1, 2]
/** By the seeded tests, of three each. */
let branchesMade = 0

for (const isDone of [false, true]) {
  const where = isDone ? 'after' : 'before'

  test(`a branch that is interrupted just ${where} any of its requests exists as a whole or leaves nothing behind`, async () => {
    const ends = await forEachCut(isDone, async (world, plan) => {
      const books = await documentsOf(world, world.books)
      const process = world.process({ plan })

      const wasTold = await process.branchCollection('books', 'next').then(
        () => true,
        () => false,
      )
      await process.settle()
      const made = await findBranch(world)
      await tidy(world)

      if (wasTold) expect(made).toBeDefined()
      const after = await findBranch(world)
      expect(after).toEqual(made)
      expect(await workRows(world)).toEqual([])
      expect(await pinHolders(world, world.books)).toEqual(made ? SHARDS.map(() => [`branch#${made}#2`]) : [[], [], []])
      if (made) {
        for (const shard of SHARDS) await expectEqual(world, { uid: made, shard }, { uid: world.books, shard })
        return 'made'
      }
      expect(await uidsIn(world)).toEqual([world.books, world.others].sort())
      expect(await documentsOf(world, world.books)).toEqual(books)
      // The leftovers do not affect the next attempt.
      await world.process({ seed: 7 }).branchCollection('books', 'next')
      return 'nothing'
    })

    expect(ends.filter((end) => end === 'nothing').length).toBeGreaterThan(20)
    expect(ends.filter((end) => end === 'made').length).toBeGreaterThanOrEqual(isDone ? 2 : 1)
  })

  test(`a restore that is interrupted just ${where} any of its requests happens as a whole or not at all`, async () => {
    const ends = await forEachCut(isDone, async (world, plan) => {
      const maker = world.process({ seed: 4 })
      const before = await documentsOf(world, world.books)
      await maker.createSnapshot(await maker.getCollection('books'), 'twelve')
      await maker.writeDocuments(await maker.getCollection('books'), [{ id: 'later', title: 'title' }])
      await maker.createSnapshot(await maker.getCollection('books'), 'thirteen')
      await maker.settle()
      const process = world.process({ plan })

      const wasTold = await process.restoreCollection('books', { snapshot: 'twelve' }).then(
        () => true,
        () => false,
      )
      await process.settle()
      const uid = await uidOf(world, 'books')
      await tidy(world)

      expect(await uidOf(world, 'books')).toBe(uid)
      expect(await workRows(world)).toHaveLength(uid === world.books ? 0 : 1)
      const reader = world.process({ seed: 8 })
      const collection = await reader.getCollection('books')
      expect((await reader.listSnapshots(collection)).map(({ name }) => name)).toEqual(['thirteen', 'twelve'])
      expect((await snapshotDocuments(world, reader, 'twelve')).size).toBe(before.size)
      expect((await snapshotDocuments(world, reader, 'thirteen')).size).toBe(before.size + 1)
      const now = await documentsOf(world, uid!)
      if (wasTold) expect(uid).not.toBe(world.books)
      if (uid === world.books) {
        expect(now.size).toBe(before.size + 1)
        expect(await uidsIn(world)).toEqual([world.books, world.others].sort())
        return 'not'
      }
      expect(now).toEqual(before)
      // Only the shared objects of the old collection are left.
      await reader.deleteSnapshot(collection, 'twelve')
      await reader.deleteSnapshot(collection, 'thirteen')
      await reader.compact(collection)
      await world.clock.sleep(2 * HOUR_MS)
      await tidy(world, 0)
      expect(await everythingOf(world, world.books)).toEqual(NOTHING)
      expect(await documentsOf(world, uid!)).toEqual(before)
      return 'restored'
    })

    expect(ends.filter((end) => end === 'not').length).toBeGreaterThan(20)
    expect(ends.filter((end) => end === 'restored').length).toBeGreaterThan(5)
  })

  test(`a deletion of a branch or its parent that is interrupted just ${where} any request is finished later`, async () => {
    for (const first of ['books', 'next']) {
      await forEachCut(isDone, async (world, plan) => {
        const documents = await documentsOf(world, world.books)
        const next = (await world.process().branchCollection('books', 'next')).uid
        const [other, second] = first === 'books' ? [next, 'next'] : [world.books, 'books']
        const process = world.process({ plan })
        await process.deleteCollection(first).catch(() => undefined)
        await process.settle()
        await tidy(world)

        expect(await documentsOf(world, other)).toEqual(documents)
        const last = world.process({ seed: 5 })
        if (await uidOf(world, first)) await last.deleteCollection(first)
        await last.deleteCollection(second)
        await last.settle()
        await tidy(world)
        expect([await everythingOf(world, world.books), await everythingOf(world, next)]).toEqual([NOTHING, NOTHING])
        expect(await workRows(world)).toEqual([])
      })
    }
  })
}

test('the deletion of a branch releases its parent at once', async () => {
  const world = await createWorld()
  const process = world.process()
  const { uid } = await process.branchCollection('books', 'next')
  const before = await pinHolders(world, world.books)
  await process.deleteCollection('next')
  await process.settle()

  expect(before).toEqual(SHARDS.map(() => [`branch#${uid}#2`]))
  expect(await pinHolders(world, world.books)).toEqual([[], [], []])
})

test('a restore that is stopped for longer than others wait has happened or never will', async () => {
  for (let at = 0; ; at++) {
    const world = await createWorld()
    const before = await documentsOf(world, world.books)
    const maker = world.process({ seed: 4 })
    await maker.createSnapshot(await maker.getCollection('books'), 'twelve')
    await maker.settle()
    const { plan, thaw, isFrozen } = freezingAt(at)
    const restoring = world.process({ plan }).restoreCollection('books', { snapshot: 'twelve' })
    restoring.catch(() => undefined)
    await world.clock.sleep(2 * HOUR_MS)
    if (!isFrozen()) {
      expect(at).toBeGreaterThan(10)
      break
    }
    await tidy(world)
    thaw()
    await restoring.catch(() => undefined)
    await tidy(world)

    expect(await documentsOf(world, (await uidOf(world, 'books'))!)).toEqual(before)
    const reader = world.process({ seed: 8 })
    expect((await reader.listSnapshots(await reader.getCollection('books'))).map(({ name }) => name)).toEqual([
      'twelve',
    ])
  }
})

test('a branch that is stopped for longer than others wait is refused, and leaves no pin behind', async () => {
  for (let at = 0; ; at++) {
    const world = await createWorld()
    const { plan, thaw, isFrozen } = freezingAt(at)
    const making = world.process({ plan }).branchCollection('books', 'next')
    making.catch(() => undefined)
    await world.clock.sleep(2 * HOUR_MS)
    if (!isFrozen()) {
      expect(at).toBeGreaterThan(10)
      break
    }
    await tidy(world)
    thaw()
    await making.catch(() => undefined)
    await world.clock.sleep(2 * HOUR_MS)
    await tidy(world)

    const named = await findBranch(world)
    const isThere = named && (await everythingOf(world, named)).keys.length > 0
    // If it is stopped just before it takes the name, it still takes the name, but such a name counts as free.
    const made = isThere ? named : (await world.process({ seed: 7 }).branchCollection('books', 'next')).uid
    expect(await pinHolders(world, world.books)).toEqual(SHARDS.map(() => [`branch#${made}#2`]))
    for (const shard of SHARDS) await auditShard(world, { uid: made, shard })
  }
})

test.each(Array.from({ length: 12 }, (_, i) => i + 1))(
  'branches, collectors, merges and deletions at once leave every branch whole, seed %i',
  async (seed) => {
    const world = await createWorld()
    const random = seededRandom(seed)
    const process = (number: number) => {
      const plan = new FaultPlan({
        random: seededRandom(seed * 100 + number),
        rates: { repeat: 0.1, fail_after: 0.02 },
        delayTurnsMax: 8,
      })
      return world.process({ plan, seed: seed * 100 + number })
    }
    const failures: unknown[] = []
    const attempt = (work: Promise<unknown>) =>
      work.catch((error: unknown) => {
        const isExpected =
          error instanceof NotFoundError ||
          /unavailable|injected|changed|unknown/.test(String((error as { code: string }).code))
        if (!isExpected) failures.push(error)
      })
    const write = async (shards: Shards, name: string) => {
      for (let i = 0; i < 6; i++) {
        const id = `d${Math.floor(random.number() * 12)}`
        await attempt(
          shards.getCollection(name).then((found) => shards.writeDocuments(found, [{ id, title: `${name} ${i}` }])),
        )
      }
    }
    const collect = async (shards: Shards) => {
      for (let i = 0; i < 5; i++) {
        await attempt(shards.collectDeleted())
        await attempt(shards.collectGarbage({ retentionMs: 0 }))
      }
    }

    await Promise.all([
      attempt(process(1).branchCollection('books', 'one')),
      attempt(process(2).branchCollection('books', 'two')),
      write(process(3), 'books'),
      collect(process(4)),
      collect(process(5)),
      attempt(
        process(6)
          .getCollection('books')
          .then((books) => process(7).compact(books)),
      ),
    ])
    await Promise.all([
      attempt(process(8).branchCollection('one', 'three')),
      attempt(process(9).deleteCollection('books')),
      write(process(10), 'one'),
      collect(process(11)),
    ])
    await world.clock.sleep(2 * HOUR_MS)
    await tidy(world)

    expect(failures).toEqual([])
    const names = await namesIn(world)
    for (const [, uid] of names) for (const shard of SHARDS) await auditShard(world, { uid, shard })
    branchesMade += names.size - 1
    const last = world.process({ seed: 6 })
    for (const [name] of names) await last.deleteCollection(name)
    await last.settle()
    for (let run = 0; run < 4; run++) await tidy(world)
    expect(await uidsIn(world)).toEqual([])
  },
)

test('most of these branches were made', () => {
  expect(branchesMade).toBeGreaterThan(18)
})

/** Ends a process at its first request, then another at its second, and so on until one finishes. */
async function forEachCut<T>(isDone: boolean, run: (world: World, plan: CutPlan) => Promise<T>): Promise<T[]> {
  const outcomes: T[] = []
  for (let after = 0; ; after++) {
    const plan = new CutPlan(after, { isDone })
    outcomes.push(await run(await createWorld(), plan))
    if (!plan.isCut) return outcomes
  }
}

/** A process that stops at the write with the given number, from 0, until it is resumed. */
function freezingAt(at: number) {
  let thaw: () => void = () => undefined
  const frozen = new Promise<void>((resolve) => {
    thaw = resolve
  })
  let writes = 0
  const plan = {
    run: async <T>(what: string, request: () => Promise<T>): Promise<T> => {
      if (/write|put/.test(what) && writes++ === at) await frozen
      return request()
    },
    happens: () => false,
  }
  return { plan, thaw: () => thaw(), isFrozen: () => writes > at }
}

/** The maintenance that another process does two hours later. */
async function tidy(world: World, retentionMs = HOUR_MS): Promise<void> {
  await world.clock.sleep(2 * HOUR_MS)
  const failures: unknown[] = []
  const process = world.process({ seed: 3, onFailure: (error) => failures.push(error) })
  for (let run = 0; run < 3; run++) {
    await process.collectDeleted()
    await process.collectGarbage({ retentionMs })
  }
  expect(failures).toEqual([])
}

async function namesIn({ coordination }: World): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  for await (const row of coordination.query('names', '', { consistent: true })) {
    names.set(row.sk, String(row.attributes.uid))
  }
  return names
}

async function uidOf(world: World, name: string): Promise<string | undefined> {
  return (await namesIn(world)).get(name)
}

const findBranch = (world: World) => uidOf(world, 'next')

/** Of all objects. */
async function uidsIn({ store }: World): Promise<string[]> {
  const uids = new Set<string>()
  for await (const { key } of store.list('c/')) uids.add(key.split('/')[1]!)
  return [...uids].sort()
}

async function pinHolders({ coordination }: World, uid: string): Promise<string[][]> {
  const holders: string[][] = []
  for (const shard of SHARDS) {
    const row = await coordination.read({ pk: `shard#${uid}#${shard}`, sk: 'head' }, { consistent: true })
    holders.push(decodePins(row!.attributes, 'it').map(({ holder }) => holder))
  }
  return holders
}

async function documentsOf(world: World, uid: string): Promise<Map<string, unknown>> {
  const all = new Map<string, unknown>()
  for (const shard of SHARDS)
    for (const [id, one] of (await auditShard(world, { uid, shard })).documents) all.set(id, one)
  return all
}

async function snapshotDocuments(world: World, shards: Shards, snapshot: string): Promise<Map<string, unknown>> {
  const all = new Map<string, unknown>()
  const pinned = await shards.pin(await shards.getCollection('books'), { consistency: 'strong', past: { snapshot } })
  for (const one of pinned) {
    if (!('manifest' in one)) throw one
    for (const [id, document] of await auditManifest(world.store, one, one.manifest)) all.set(id, document)
  }
  return all
}

async function expectEqual(world: World, one: { uid: string; shard: number }, other: { uid: string; shard: number }) {
  expect((await auditShard(world, one)).documents).toEqual((await auditShard(world, other)).documents)
}

import { expect, test } from 'vitest'
import { metaKey, nameKey } from '../../core/collections/collection-rows.ts'
import type { Coordination, RowKey } from '../../core/coordination/coordination.ts'
import { headKey, readHead } from '../../core/version/head.ts'
import type { Pin } from '../../core/version/pins.ts'
import { CutPlan } from '../faults/cut-plan.ts'
import type { RequestPlan } from '../faults/fault-plan.ts'
import { testSchema } from '../shard/open-test-shard.ts'
import { createWorld, everythingOf, NOTHING, type World, workRows } from './deletion-world.ts'

const HOUR_MS = 60 * 60 * 1000

test('a deletion whose data is removed later is announced, and the collection is inaccessible at once', async () => {
  const world = await createWorld()
  const process = world.process({ removesDeleted: 'later' })
  const rival = world.process({ seed: 3 })
  const known = await rival.getCollection('books')
  const before = await everythingOf(world, world.books)

  await process.deleteCollection('books')
  await process.settle()

  await expect(rival.writeDocuments(known, [{ id: 'x' }])).rejects.toMatchObject({ code: 'collection_not_found' })
  expect((await workRows(world)).map(({ sk }) => sk)).toEqual([`collect#${world.books}`])
  expect((await everythingOf(world, world.books)).keys).toEqual([`c/${world.books}/deleted`, ...before.keys])
  expect(await process.collectDeleted()).toMatchObject({ collections: 1, removed: 1 })
  expect(await everythingOf(world, world.books)).toEqual(NOTHING)
  expect(await process.collectDeleted()).toMatchObject({ collections: 0, removed: 0 })
})

test('a removal in the background leaves nothing unfinished', async () => {
  const world = await createWorld()
  const process = world.process()

  await process.deleteCollection('books')
  await process.settle()

  expect(await everythingOf(world, world.books)).toEqual(NOTHING)
  expect(await workRows(world)).toEqual([])
})

test('a collection whose deletion was called off just before it began is deleted under a new announcement', async () => {
  const world = await createWorld()
  const announcedAtEnd: unknown[] = []
  let isFirst = true
  const slow = deletingNames(world.coordination, async (free) => {
    if (isFirst) {
      isFirst = false
      // Stopped for two hours between its announcement and the request that begins it.
      await world.clock.sleep(2 * HOUR_MS)
      expect(await world.process().collectDeleted()).toMatchObject({ calledOff: 1 })
      expect(await workRows(world)).toEqual([])
    }
    const announced = await workRows(world)
    const reply = await free()
    if (reply === 'deleted') announcedAtEnd.push(announced.map(({ sk }) => sk))
    return reply
  })

  await world.process({ coordination: slow, removesDeleted: 'later', seed: 5 }).deleteCollection('books')

  // A name is never freed without an announcement.
  expect(announcedAtEnd).toEqual([[`collect#${world.books}`]])
  expect(await world.process().collectDeleted()).toMatchObject({ removed: 1 })
  expect(await everythingOf(world, world.books)).toEqual(NOTHING)
})

test('a deletion that begins while its announcement is called off stays announced', async () => {
  const world = await createWorld()
  let calledOff: number | undefined
  const slow = deletingNames(world.coordination, async (free) => {
    await world.clock.sleep(2 * HOUR_MS)
    let reply: 'deleted' | 'refused' = 'refused'
    // It resumes when the collector has read the name but not marked it yet.
    const meanwhile = aroundNames(world.coordination, async (mark) => {
      reply = await free()
      return mark()
    })
    calledOff = (await world.process({ coordination: meanwhile }).collectDeleted()).calledOff
    return reply
  })

  await world.process({ coordination: slow, removesDeleted: 'later', seed: 5 }).deleteCollection('books')

  expect(calledOff).toBe(0)
  expect(await workRows(world)).toHaveLength(1)
})

test('a deletion announced again while its former announcement is called off stays announced', async () => {
  const world = await createWorld()
  await endBeforeNameIsFreed(world)
  await world.clock.sleep(2 * HOUR_MS)
  // After the name is marked and before the announcement is removed, another deletion begins and stops before it frees the name.
  const meanwhile = aroundNames(world.coordination, async (mark) => {
    const reply = await mark()
    await endBeforeNameIsFreed(world, 7)
    return reply
  })

  const report = await world.process({ coordination: meanwhile }).collectDeleted()

  expect(report).toMatchObject({ calledOff: 1 })
  expect(await workRows(world)).toHaveLength(1)
})

test('a deletion that may be about to begin is left alone for an hour', async () => {
  const world = await createWorld()
  await endBeforeNameIsFreed(world)

  await world.clock.sleep(HOUR_MS - 60_000)
  const early = await world.process().collectDeleted()
  await world.clock.sleep(120_000)
  const late = await world.process().collectDeleted()

  expect([early.waiting, early.calledOff, late.waiting, late.calledOff]).toEqual([1, 0, 0, 1])
  expect((await world.process().getCollection('books')).uid).toBe(world.books)
})

test('a late duplicate of the request for a name restores the name, but not the collection', async () => {
  const world = await createWorld()
  await world.process({ removesDeleted: 'later' }).deleteCollection('books')
  await world.coordination.write(nameKey('books'), { set: { uid: world.books } }, [])

  await expect(world.process().getCollection('books')).rejects.toMatchObject({ code: 'collection_not_found' })
  expect(await world.process().collectDeleted()).toMatchObject({ removed: 1 })

  expect(await everythingOf(world, world.books)).toEqual(NOTHING)
  expect(await workRows(world)).toEqual([])
})

test('pinned data and the announcement of their deletion stay until the pin is removed', async () => {
  const world = await createWorld()
  await world.process({ removesDeleted: 'later' }).deleteCollection('books')
  const before = await everythingOf(world, world.books)
  const { version, commitId } = (await readHead(world, { uid: world.books, shard: 2 })).manifest
  await setPins(world, [{ holder: 'export#x', version, commitId }])

  expect(await world.process().collectDeleted()).toMatchObject({ pinned: 1, removed: 0 })
  // The unpinned shard needs nothing, and the pinned shard needs no older version.
  const left = await everythingOf(world, world.books)
  expect(left.rows).toHaveLength(before.rows.length)
  expect(left.keys).toEqual(before.keys.filter((key) => !/\/s\/[01]\/|\/s\/2\/(manifests|committed)\/0+1-/.test(key)))
  expect(await workRows(world)).toHaveLength(1)
  await setPins(world, [])
  expect(await world.process().collectDeleted()).toMatchObject({ pinned: 0, removed: 1 })

  expect(await everythingOf(world, world.books)).toEqual(NOTHING)
})

test('a removal stops at its time limit, and the next one continues', async () => {
  const world = await createWorld()
  const many = Array.from({ length: 2500 }, (_, i) => `c/${world.books}/s/0/seg/${i}`)
  await Promise.all(many.map((key) => world.store.put(key, new Uint8Array(1))))
  await world.process({ removesDeleted: 'later' }).deleteCollection('books')
  let untilMs = Number.POSITIVE_INFINITY
  const timeLimit = { remainingMs: () => untilMs - world.clock.monotonic(), signal: undefined }
  const plan = watching((what) => {
    if (what.startsWith('delete c/')) untilMs = world.clock.monotonic()
  })

  const first = await world.process({ plan, timeLimit }).collectDeleted()
  const left = (await everythingOf(world, world.books)).keys.length
  const second = await world.process().collectDeleted()

  expect([first.removed, first.left, second.removed, second.left]).toEqual([0, 1, 1, 0])
  expect([left > 1400, left < 2000]).toEqual([true, true])
  expect(await everythingOf(world, world.books)).toEqual(NOTHING)
  expect(await workRows(world)).toEqual([])
})

test('a creation that loses the name to another gets exactly that error, and its data is collected', async () => {
  const world = await createWorld()
  const rival = world.process({ seed: 8 })
  const request = { schema: testSchema, shardCount: 3, settings: {} }
  let isFirst = true
  const raced = aroundNames(world.coordination, async (take) => {
    if (isFirst) {
      isFirst = false
      await rival.createCollection('raced', request)
    }
    return take()
  })
  // Like a Lambda function, which may not delete objects.
  const loser = world.process({ coordination: raced, removesDeleted: 'later', seed: 9 })

  await expect(loser.createCollection('raced', request)).rejects.toMatchObject({ code: 'collection_exists' })
  const { uid } = await loser.getOrCreateCollection('raced', request)
  const report = await world.process().collectDeleted()

  expect(report).toMatchObject({ collections: 1, removed: 1, failed: 0 })
  const uids = new Set<string | undefined>()
  for await (const { key } of world.store.list('c/')) uids.add(key.split('/')[1])
  expect(uids).toEqual(new Set([world.books, world.others, uid]))
  expect((await rival.getCollection('raced', 'fresh')).uid).toBe(uid)
  expect(await workRows(world)).toEqual([])
})

test('a failed deletion is reported and does not stop others', async () => {
  const world = await createWorld()
  const process = world.process({ removesDeleted: 'later' })
  await process.deleteCollection('books')
  await process.deleteCollection('others')
  await world.coordination.write({ pk: 'work', sk: 'collect#0' }, { set: { nonsense: true } }, [])
  await world.coordination.write(metaKey(world.books), { set: { settings: 7 } }, [])
  const failures: { code?: string }[] = []

  const report = await world.process({ onFailure: (error) => failures.push(error as object) }).collectDeleted()

  expect(report).toMatchObject({ collections: 3, removed: 1, failed: 2 })
  expect(failures.map(({ code }) => code).sort()).toEqual(['corrupt_meta', 'corrupt_work'])
  expect(await everythingOf(world, world.others)).toEqual(NOTHING)
})

/** Leaves an announcement of a deletion that never began. */
async function endBeforeNameIsFreed(world: World, seed = 4): Promise<void> {
  const plan = new CutPlan(2)
  await expect(world.process({ plan, seed }).deleteCollection('books')).rejects.toMatchObject({ code: 'injected_end' })
  expect(plan.log.at(-1)).toBe('delete names books')
}

async function setPins({ coordination, books }: World, pins: Pin[]): Promise<void> {
  await coordination.write(headKey({ uid: books, shard: 2 }), { set: { pins } }, [])
}

/** The same rows, but requests that free a name call `onDelete`. */
function deletingNames(
  base: Coordination,
  onDelete: (free: () => Promise<'deleted' | 'refused'>) => Promise<'deleted' | 'refused'>,
): Coordination {
  return {
    ...bound(base),
    delete: (key, conditions) => {
      const free = () => base.delete(key, conditions)
      return isName(key) ? onDelete(free) : free()
    },
  }
}

/** The same rows, but writes to names call `onWrite`. */
function aroundNames(
  base: Coordination,
  onWrite: (write: () => Promise<'written' | 'refused'>) => Promise<'written' | 'refused'>,
): Coordination {
  return {
    ...bound(base),
    write: (key, change, conditions) => {
      const write = () => base.write(key, change, conditions)
      return isName(key) ? onWrite(write) : write()
    },
  }
}

function bound(base: Coordination): Coordination {
  return {
    read: (key, options) => base.read(key, options),
    write: (key, change, conditions) => base.write(key, change, conditions),
    delete: (key, conditions) => base.delete(key, conditions),
    query: (pk, skPrefix, options) => base.query(pk, skPrefix, options),
    close: () => base.close(),
  }
}

function isName({ pk }: RowKey): boolean {
  return pk === 'names'
}

/** Does all announced work and returns the report. */
function watching(onDone: (what: string) => void): RequestPlan {
  return {
    run: async (what, request) => {
      const outcome = await request()
      onDone(what)
      return outcome
    },
    happens: () => false,
  }
}

import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { UnavailableError } from '../../core/errors.ts'
import { rebuildTable } from '../../core/repair/rebuild-table.ts'
import { shardPrefix } from '../../core/version/collection.ts'
import { readHead } from '../../core/version/head.ts'
import { committedKey, manifestKey } from '../../core/version/object-names.ts'
import type { RequestPlan } from '../faults/fault-plan.ts'
import { testComponents, testSchema } from '../shard/open-test-shard.ts'
import { documents, keysOf, LostTableWorld, live, storesOf } from './lost-table.ts'

test('a dry run tells the same as the run, and writes nothing', async () => {
  const world = new LostTableWorld()
  await live(world)
  world.coordination = new MemoryCoordination()
  const keys = await keysOf(world)

  const dry = await rebuildTable(testComponents({ ...storesOf(world), seed: 7 }), { dryRun: true })

  expect(await keysOf(world)).toEqual(keys)
  expect(await world.content()).toEqual(new Map())
  expect({ ...(await rebuildTable(testComponents({ ...storesOf(world), seed: 7 }))), isDryRun: true }).toEqual(dry)
})

test('a deletion that was acknowledged is not undone, and its data are removed later', async () => {
  const world = new LostTableWorld()
  const shards = world.process(1, undefined, { removesDeleted: 'later' })
  await world.create(shards, 'gone')
  await world.write(shards, 'gone', documents([1, 2], 'gone'))
  await world.deleteCollection(shards, 'gone')
  expect(await keysOf(world)).not.toEqual([])

  expect(await world.loseTable()).toMatchObject({ collections: [], deleted: 1, skipped: [] })

  expect(await world.content()).toEqual(new Map())
  expect(await world.process(2).collectDeleted()).toMatchObject({ collections: 1, removed: 1 })
  expect(await keysOf(world)).toEqual([])
})

test('a collection whose objects were being removed, one by one, does not come back in part', async () => {
  for (let end = 0; ; end++) {
    const world = new LostTableWorld()
    const shards = world.process(1, undefined, { removesDeleted: 'later' })
    await world.create(shards, 'gone')
    await world.write(shards, 'gone', documents([1, 2], 'gone'))
    await world.deleteCollection(shards, 'gone')
    let left = end
    // Deleting several objects is not atomic, and this process ends in the middle of it.
    const removing: RequestPlan = {
      run: async (what, request) => {
        if (!what.startsWith('delete c/')) return request()
        for (const key of what.slice('delete '.length).split(' ')) {
          if (left-- <= 0) throw new UnavailableError('injected_end', what)
          await world.store.delete([key])
        }
        return request()
      },
      happens: () => false,
    }
    await world.process(2, removing, { onFailure: () => undefined }).collectDeleted()

    expect(await world.loseTable()).toMatchObject({ collections: [] })
    expect(await world.content()).toEqual(new Map())
    await world.process(3).collectDeleted()
    if (left >= 0) break
  }
})

test('a collection whose name somebody took while the table was empty is restored under another', async () => {
  const world = new LostTableWorld()
  const shards = world.process(1)
  await world.create(shards, 'books')
  await world.write(shards, 'books', documents([1], 'old'))
  const { uid } = (await world.content()).get('books')!
  world.coordination = new MemoryCoordination()
  // Just before the names are written.
  const base = world.coordination
  let isFirst = true
  const intruding = new Proxy(base, {
    get: (target, name, self) =>
      name === 'write'
        ? async (...args: Parameters<typeof base.write>) => {
            if (args[0].pk === 'names' && isFirst) {
              isFirst = false
              world.coordination = base
              const other = world.process(5)
              await other.createCollection('books', {
                schema: testSchema,
                shardCount: 1,
                settings: {},
              })
            }
            return base.write(...args)
          }
        : Reflect.get(target, name, self).bind?.(target),
  })
  const report = await rebuildTable(
    testComponents({ store: world.store, clock: world.clock, coordination: intruding, seed: 4 }),
  )
  expect(report.collections).toMatchObject([{ name: `books-recovered-${uid}`, formerName: 'books' }])
  const content = await world.content()
  expect(content.get(`books-recovered-${uid}`)!.documents.size).toBe(1)
  expect(content.get('books')!.documents.size).toBe(0)
})

test('what is lost for good is said: the newest manifest, a segment, all of a shard', async () => {
  const world = new LostTableWorld()
  await live(world)
  const { uid } = (await world.content()).get('books')!
  const ref = { uid, shard: 0 }
  const { manifest } = await readHead(storesOf(world), ref)
  const prefix = shardPrefix(ref)
  await world.store.put(prefix + committedKey(manifest), new Uint8Array(0))
  await world.store.delete([prefix + manifestKey(manifest)])
  const doubtsOf = (report: Awaited<ReturnType<LostTableWorld['loseTable']>>) =>
    report.collections[0]!.shards[0]!.doubts
  expect(doubtsOf(await world.loseTable())[0]).toContain(`the manifest of version ${manifest.version} is lost`)

  const [segment] = (await readHead(storesOf(world), ref)).manifest.segments
  await world.store.delete([`${prefix}seg/${segment!.name}.seg`])
  expect(doubtsOf(await world.loseTable()).at(-1)).toContain('is not there: what it holds is lost')

  const all = (await keysOf(world)).filter((key) => key.startsWith(prefix))
  await world.store.delete(all)
  expect(await world.loseTable()).toMatchObject({
    collections: [],
    skipped: [{ uid, name: 'books', reason: 'no manifest of its shard 0 can be read' }],
  })
})

test('a table that was not lost at all, and went on beside the rebuilt one, is found out', async () => {
  const world = new LostTableWorld()
  await live(world)
  const before = world.coordination
  await world.loseTable()
  const rebuilt = world.coordination
  for (const coordination of [before, rebuilt, before]) {
    world.coordination = coordination
    const shards = world.process(70)
    await shards.writeDocuments(await shards.getCollection('books'), documents([1, 2, 3, 4, 5], 'two lives'))
    await shards.settle()
  }

  const { collections } = await world.loseTable()

  for (const { doubts } of collections[0]!.shards)
    expect(doubts[0]).toMatch(/^version \d+ was committed twice: two tables have been used with this bucket$/)
})

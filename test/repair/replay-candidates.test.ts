import { expect, test } from 'vitest'
import type { Shards } from '../../core/engine/shards.ts'
import { UnavailableError } from '../../core/errors.ts'
import { listStored } from '../../core/repair/list-stored.ts'
import { shardPrefix } from '../../core/version/collection.ts'
import { readHead, readManifestObject } from '../../core/version/head.ts'
import { type Manifest, nextManifest } from '../../core/version/manifest.ts'
import { encodeManifest } from '../../core/version/manifest-codec.ts'
import { manifestKey } from '../../core/version/object-names.ts'
import type { RequestPlan } from '../faults/fault-plan.ts'
import { testSchema } from '../shard/open-test-shard.ts'
import { LostTableWorld } from './lost-table.ts'

/** Lets everything be uploaded, and no commit through: what is left of writers that end just then. */
const noCommits: RequestPlan = {
  run: (what, request) =>
    what.startsWith('write shard#') ? Promise.reject(new UnavailableError('injected', what)) : request(),
  happens: () => false,
}

const titled = (title: string, ...ids: readonly string[]) => ids.map((id) => ({ id, title: `${title} ${id}` }))

/** A shard with `first d1` to `first d6` in two segments, and writers that never get to commit. */
async function createRivals() {
  const world = new LostTableWorld()
  const shards = world.process(1)
  const { uid } = await shards.createCollection('books', { schema: testSchema, shardCount: 1, settings: {} })
  await world.write(shards, 'books', titled('first', 'd1', 'd2', 'd3'))
  await world.write(shards, 'books', titled('first', 'd4', 'd5', 'd6'))
  await shards.settle()
  let seed = 10
  /** One attempt, later than those before. */
  const attempt = async (change: (shards: Shards) => Promise<unknown>): Promise<void> => {
    await change(world.process(seed++, noCommits))
    await world.clock.sleep(1000)
  }
  const titles = async () => {
    const { documents } = (await world.content()).get('books')!
    return Object.fromEntries(
      [...documents].sort().map(([id, json]) => [id, (JSON.parse(json) as { title: string }).title]),
    )
  }
  return { world, ref: { uid, shard: 0 }, attempt, titles }
}

test('rival attempts are put together: later writes stand, and what is written stands before its deletion', async () => {
  const { world, attempt, titles } = await createRivals()
  await attempt((shards) => world.write(shards, 'books', titled('one', 'd1', 'd4', 'd7')))
  await attempt((shards) => world.delete(shards, 'books', ['d2']))
  await attempt((shards) => world.write(shards, 'books', titled('two', 'd1', 'd2')))
  await attempt((shards) => world.delete(shards, 'books', ['d3', 'd4']))

  const { collections } = await world.loseTable()

  expect(await titles()).toEqual({
    d1: 'two d1',
    d2: 'two d2',
    d4: 'one d4',
    d5: 'first d5',
    d6: 'first d6',
    d7: 'one d7',
  })
  const [shard] = collections[0]!.shards
  expect(shard).toMatchObject({ provenVersion: 3, version: 5, documents: 6 })
  expect(shard!.replayed.map(({ version }) => version)).toEqual([4, 4, 4, 4])
  expect(shard!.doubts).toEqual([
    '4 attempts at version 4, of which one at most was committed, are put together; they differ in 3 documents, of which the later upload stands: "d1", "d2", "d4"',
  ])
  expect((await world.scrub()).damage).toEqual([])
})

test('a single attempt is restored as it is, and is part of the history', async () => {
  const { world, ref, attempt, titles } = await createRivals()
  await attempt((shards) => world.delete(shards, 'books', ['d1', 'd5']))

  const { collections } = await world.loseTable()

  expect(Object.keys(await titles())).toEqual(['d2', 'd3', 'd4', 'd6'])
  expect(collections[0]!.shards[0]).toMatchObject({ replayed: [{ version: 4 }], doubts: [] })
  const { manifest } = await readHead(world, ref)
  expect(manifest.predecessors[0]?.version).toBe(4)
  expect(await readManifestObject(world.store, ref, manifest.predecessors[0]!)).toMatchObject({
    version: 4,
  })
})

test('a merge that raced with writes changes nothing', async () => {
  const { world, attempt, titles } = await createRivals()
  await attempt((shards) => world.write(shards, 'books', titled('one', 'd1')))
  await attempt((shards) => world.compact(shards, 'books'))

  const { collections } = await world.loseTable()

  expect(await titles()).toMatchObject({ d1: 'one d1', d2: 'first d2', d6: 'first d6' })
  expect(collections[0]!.documents).toBe(6)
})

test('copies that a merge made are no changes, though the same commit wrote something too', async () => {
  const { world, ref, attempt, titles } = await createRivals()
  await attempt((shards) => world.write(shards, 'books', titled('new', 'd8')))
  const [written] = await attempts(world, 4)
  await attempt((shards) => world.compact(shards, 'books'))
  const merged = (await attempts(world, 4)).find(({ commitId }) => commitId !== written!.commitId)!
  await attempt((shards) => world.write(shards, 'books', titled('one', 'd1')))
  await attempt((shards) => world.delete(shards, 'books', ['d2']))
  const base = (await readHead(world, ref)).manifest
  const segments = [...merged.segments, written!.segments.at(-1)!]
  const both = nextManifest(base, 'b'.repeat(26), { schemaVersion: 1, segments })
  await world.store.put(shardPrefix(ref) + manifestKey(both), encodeManifest(both))
  await world.store.delete([written!, merged].map((one) => shardPrefix(ref) + manifestKey(one)))

  await world.loseTable()

  expect(await titles()).toEqual({
    d1: 'one d1',
    d3: 'first d3',
    d4: 'first d4',
    d5: 'first d5',
    d6: 'first d6',
    d8: 'new d8',
  })
  expect((await world.scrub()).damage).toEqual([])
})

test('an attempt whose uploads did not all arrive was not committed', async () => {
  const { world, attempt, titles } = await createRivals()
  await attempt((shards) => world.write(shards, 'books', titled('one', 'd1')))
  const [written] = await attempts(world, 4)
  for await (const { key } of world.store.list('c/')) {
    if (key.endsWith(`${written!.segments.at(-1)!.name}.seg`)) await world.store.delete([key])
  }

  const { collections } = await world.loseTable()

  expect(await titles()).toMatchObject({ d1: 'first d1' })
  expect(collections[0]!.shards[0]).toMatchObject({ replayed: [], documents: 6 })
  expect(collections[0]!.shards[0]!.doubts[0]).toMatch(/^version 4 by .* was never committed, for c\/.* is not there/)
})

/** The manifests of one version, committed or not. */
async function attempts({ store }: LostTableWorld, version: number): Promise<Manifest[]> {
  const found: Manifest[] = []
  for await (const { uid, shards } of listStored(store)) {
    for (const id of shards.get(0)?.manifests.filter((one) => one.version === version) ?? [])
      found.push(await readManifestObject(store, { uid, shard: 0 }, id))
  }
  return found
}

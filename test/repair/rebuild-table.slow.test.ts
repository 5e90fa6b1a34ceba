import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { UnavailableError } from '../../core/errors.ts'
import { commit } from '../../core/version/commit.ts'
import { advanceHead, headKey, headMove, readHead } from '../../core/version/head.ts'
import { nextManifest } from '../../core/version/manifest.ts'
import { encodeManifest } from '../../core/version/manifest-codec.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { CutPlan } from '../faults/cut-plan.ts'
import { FaultPlan, type RequestPlan } from '../faults/fault-plan.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { testComponents } from '../shard/open-test-shard.ts'
import { type Content, documents, keysOf, LostTableWorld, live, storesOf } from './lost-table.ts'

type World = LostTableWorld

/** @throws unless what is restored is what there was, but for what unanswered operations may have done */
function expectRestored(world: World, before: ReadonlyMap<string, Content>, after: ReadonlyMap<string, Content>): void {
  for (const name of world.created) {
    if (world.deletionTried.has(name)) continue
    expect(after.has(name), `${name} is restored`).toBe(true)
  }
  for (const name of world.deleted) expect(after.has(name), `${name} stays deleted`).toBe(false)
  for (const [name, was] of before) {
    const is = after.get(name)
    if (is === undefined) {
      expect(world.deletionTried.has(name), `${name} is restored, or its deletion was under way`).toBe(true)
      continue
    }
    expect(is.uid).toBe(was.uid)
    expect([was.settings, ...world.maybeSettings]).toContain(is.settings)
    // The same numbers for the same fields; a version whose making was never answered may be there.
    expect(is.fields.startsWith(was.fields.slice(0, -1))).toBe(true)
    for (const id of new Set([...was.documents.keys(), ...is.documents.keys()])) {
      const possible = world.maybe.filter((one) => one.collection === name && one.id === id).map(({ json }) => json)
      expect([was.documents.get(id), ...possible], `${id} of ${name}`).toContain(is.documents.get(id))
    }
  }
}

async function expectAlive(world: World): Promise<void> {
  const shards = world.process(60)
  for (const { name } of await shards.listCollections()) {
    await shards.writeDocuments(await shards.getCollection(name), documents([1, 50], 'after'))
    expect((await world.content()).get(name)!.documents.get('d50')).toContain('after of 50')
  }
  await shards.settle()
  expect((await world.scrub()).damage).toEqual([])
}

test('a table that is lost at rest is rebuilt as it was', async () => {
  const world = new LostTableWorld()
  await live(world)
  const before = await world.content()
  expect(world.maybe).toEqual([])

  const report = await world.loseTable()

  const after = await world.content()
  expect(after).toEqual(before)
  expect([...after.get('books')!.documents.keys()].sort()).toEqual(['d10', 'd11', 'd3', 'd4', 'd6', 'd7', 'd8'])
  expect(report).toMatchObject({ isDryRun: false, skipped: [], deleted: 0 })
  expect(report.collections.map(({ name, documents, doubts }) => [name, documents, doubts])).toEqual([['books', 7, []]])
  await expectAlive(world)
})

test('without a single marker the manifests prove one another, and the last one is taken over', async () => {
  const world = new LostTableWorld()
  await live(world)
  const before = await world.content()
  await world.store.delete((await keysOf(world)).filter((key) => key.includes('/committed/')))

  const { collections } = await world.loseTable()

  expect(await world.content()).toEqual(before)
  for (const { provenVersion, version, replayed, doubts } of collections[0]!.shards) {
    expect([replayed.map((one) => one.version), version, doubts]).toEqual([[provenVersion + 1], provenVersion + 2, []])
  }
})

for (const isDone of [false, true]) {
  const where = isDone ? 'after' : 'before'
  test(`a table that is lost just ${where} any request is rebuilt with all that was acknowledged`, async () => {
    let [replays, cuts] = [0, 0]
    for (let end = 0; ; end++, cuts++) {
      const world = new LostTableWorld()
      const plan = new CutPlan(end, { isDone })
      await live(world, plan)
      const before = await world.content()
      const { collections } = await world.loseTable()
      expectRestored(world, before, await world.content())
      await expectAlive(world)
      replays += collections.flatMap(({ shards }) => shards).filter(({ replayed }) => replayed.length > 0).length
      if (!plan.isCut) break
    }
    expect(cuts).toBeGreaterThan(100)
    expect(replays).toBeGreaterThan(10)
  }, 120_000)
}

/** Faults all the time, and the end of everything at some request. */
class EndingPlan implements RequestPlan {
  readonly #faults: FaultPlan
  #left: number

  constructor(faults: FaultPlan, requests: number) {
    this.#faults = faults
    this.#left = requests
  }

  run<T>(what: string, request: () => Promise<T>): Promise<T> {
    if (this.#left-- > 0) return this.#faults.run(what, request)
    return Promise.reject(new UnavailableError('injected_end', what))
  }

  happens(): boolean {
    return false
  }
}

test('under faults, by four processes at once, the table is lost at some request and rebuilt', async () => {
  let rivals = 0
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed)
    const rates = { fail_before: 0.03, fail_after: 0.03, repeat: 0.03 }
    const faults = new FaultPlan({ random, rates, delayTurnsMax: 4 })
    const plan = new EndingPlan(faults, 30 + Math.floor(random.number() * 400))
    const world = new LostTableWorld()
    await world.create(world.process(9), 'books')
    await Promise.all(
      [1, 2, 3, 4].map(async (number) => {
        const shards = world.process(seed * 10 + number, plan)
        const own = seededRandom(seed * 100 + number)
        for (let step = 0; step < 8; step++) {
          const ids = [0, 1, 2].map(() => Math.floor(own.number() * 12))
          const dice = own.number()
          if (dice < 0.6) await world.write(shards, 'books', documents([...new Set(ids)], `${number}.${step}`))
          else if (dice < 0.9)
            await world.delete(
              shards,
              'books',
              ids.map((i) => `d${i}`),
            )
          else await world.compact(shards, 'books')
        }
      }),
    )
    const before = await world.content()
    const { collections } = await world.loseTable(seed)
    expectRestored(world, before, await world.content())
    await expectAlive(world)
    rivals += collections.flatMap(({ shards }) => shards).filter(({ replayed }) => replayed.length > 1).length
  }
  expect(rivals).toBeGreaterThan(5)
}, 120_000)

for (const isDone of [false, true]) {
  test(`a rebuild that ends just ${isDone ? 'after' : 'before'} any of its requests is gone on with by the next`, async () => {
    for (let end = 0; ; end++) {
      const world = new LostTableWorld()
      await live(world)
      const before = await world.content()
      world.coordination = new MemoryCoordination()
      const plan = new CutPlan(end, { isDone })
      await world.rebuild(50, plan).catch(() => undefined)
      if (!plan.isCut) break
      await world.rebuild(51).catch((error: { code?: string }) => {
        // It had come to its end, and only did not hear of it.
        expect(error.code).toBe('table_not_empty')
      })
      expect(await world.content()).toEqual(before)
      await expectAlive(world)
    }
  }, 60_000)
}

test('searches answer the same after a rebuild: hits, order, scores, totals', async () => {
  const world = new LostTableWorld()
  await live(world)
  const search = async () => {
    const engine = openMemoryEngine({ store: world.store, coordination: world.coordination as MemoryCoordination })
    const requests = [
      { query: 'first OR rival OR second' },
      { filter: { n: { gte: 4 } }, sort: ['-n'] },
      { query: 'field' },
    ]
    const answers = []
    for (const request of requests) {
      const { hits, total } = await engine.search('books', { ...request, total: true, consistency: 'strong' })
      answers.push({ hits, total })
    }
    await engine.close()
    return answers
  }
  const before = await search()
  await world.loseTable()
  expect(await search()).toEqual(before)
  expect(before.map(({ hits }) => hits.length)).toEqual([6, 5, 1])
})

test('a table that is not empty is refused, and stays as it is', async () => {
  const world = new LostTableWorld()
  await live(world)
  const before = await world.content()

  await expect(world.rebuild()).rejects.toMatchObject({
    code: 'table_not_empty',
    message: expect.stringContaining('"books"'),
  })

  expect(await world.content()).toEqual(before)
})

test('a writer that read the head before the loss cannot commit over the rebuilt one', async () => {
  const world = new LostTableWorld()
  await live(world)
  const { uid } = (await world.content()).get('books')!
  const ref = { uid, shard: 0 }
  const stale = await readHead(storesOf(world), ref)
  await world.loseTable()
  const rebuilt = await readHead(storesOf(world), ref)
  expect(rebuilt.epoch).toBeGreaterThan(stale.epoch)
  expect(rebuilt.manifest.version).toBe(stale.manifest.version + 2)

  const next = nextManifest(stale.manifest, 'a'.repeat(26), stale.manifest)
  const { change, conditions } = headMove(stale, advanceHead(stale, next), encodeManifest(next), undefined)
  expect(await world.coordination.write(headKey(ref), change, conditions)).toBe('refused')

  const seen: number[] = []
  const committed = await commit(
    testComponents({ ...storesOf(world), seed: 3 }),
    ref,
    async (head) => {
      seen.push(head.manifest.version)
      return { draft: head.manifest, uploads: Promise.resolve() }
    },
    { start: stale },
  )
  expect(seen).toEqual([stale.manifest.version, rebuilt.manifest.version])
  expect(committed?.manifest.version).toBe(rebuilt.manifest.version + 1)
})

test('a second loss restores what was written since the first, and epochs rise again', async () => {
  const world = new LostTableWorld()
  await live(world)
  await world.loseTable(50)
  const { uid } = (await world.content()).get('books')!
  const first = await readHead(storesOf(world), { uid, shard: 0 })
  const shards = world.process(61)
  await shards.writeDocuments(await shards.getCollection('books'), documents([70, 71, 72], 'since'))
  await shards.settle()
  const before = await world.content()

  await world.loseTable(51)

  expect(await world.content()).toEqual(before)
  expect((await readHead(storesOf(world), { uid, shard: 0 })).epoch).toBeGreaterThan(first.epoch)
})

import { afterAll, beforeAll, expect, test } from 'vitest'
import { allCollections } from '../../core/client/all-collections.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import type { RequestPlan } from '../faults/fault-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { openMemoryEngine } from './memory-engine.ts'

const COLLECTIONS = 150
const NAMES = Array.from({ length: COLLECTIONS }, (_, i) => `books-${1_000 + i}`)

/** Delays every request by a turn, and counts concurrent requests. */
class CountingPlan implements RequestPlan {
  log: string[] = []
  mostAtOnce = 0
  #underWay = 0

  begin(): void {
    this.log = []
    this.mostAtOnce = 0
  }

  async run<T>(what: string, request: () => Promise<T>): Promise<T> {
    this.log.push(what)
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#underWay)
    await new Promise((resolve) => setImmediate(resolve))
    return request().finally(() => this.#underWay--)
  }

  happens(): boolean {
    return false
  }
}

const plan = new CountingPlan()
let engine: Engine

beforeAll(async () => {
  engine = openMemoryEngine({
    coordination: new FaultyCoordination(new MemoryCoordination(), plan) as unknown as MemoryCoordination,
  })
  for (const name of NAMES) await engine.createCollection(name, { shards: 2 })
})
afterAll(() => engine.close())

test('a page of collections reads only its own collections, a few at a time', async () => {
  plan.begin()
  const first = await engine.listCollections({ limit: 20 })

  expect(first.collections.map(({ name }) => name)).toEqual(NAMES.slice(0, 20))
  expect(plan.log.length).toBeLessThan(200)
  expect(plan.mostAtOnce).toBeLessThanOrEqual(64)

  const found = first.collections.map(({ name }) => name)
  for (let { cursor } = first; cursor !== null; ) {
    const page = await engine.listCollections({ limit: 20, cursor })
    found.push(...page.collections.map(({ name }) => name))
    cursor = page.cursor
  }
  expect(found).toEqual(NAMES)
})

test('all collections are described with bounded concurrency', async () => {
  plan.begin()

  expect((await allCollections(engine)).map(({ name }) => name)).toEqual(NAMES)
  expect(plan.mostAtOnce).toBeLessThanOrEqual(64)
})

test('health counts names, and reads no collection', async () => {
  plan.begin()

  expect(await engine.health()).toEqual({ collections: COLLECTIONS })
  expect(plan.log).toHaveLength(1)
  expect(plan.log[0]).toMatch(/^query /)
})

test.each([
  [0, 'invalid_request'],
  [1001, 'limit_exceeded'],
  [1.5, 'invalid_request'],
])('a page of %j collections is refused, like over HTTP', async (limit, code) => {
  await expect(engine.listCollections({ limit })).rejects.toMatchObject({ code })
})

test('a collection that is deleted between two pages neither leaves a gap nor ends the listing', async () => {
  const first = await engine.listCollections({ limit: 20 })
  await engine.deleteCollection(NAMES[19]!)
  await engine.deleteCollection(NAMES[20]!)
  const second = await engine.listCollections({ limit: 20, cursor: first.cursor! })

  expect(second.collections.map(({ name }) => name)).toEqual(NAMES.slice(21, 41))
})

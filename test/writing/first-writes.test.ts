import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { UnavailableError } from '../../core/errors.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import type { RequestPlan } from '../faults/fault-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'

const WRITERS = 80

const sameFields = (i: number) => ({ id: `d${i}`, title: `sea ${i}`, year: i })
const ownFields = (i: number) => ({ id: `d${i}`, title: `sea ${i}`, [`own_${i}`]: i })

test('eighty first writes at once make one collection, for little more than writes to one that exists', async () => {
  const known = openWorld(1)
  await known.engines[0]!.writeDocuments('books', [sameFields(0)])
  const usual = await writeAtOnce(known, sameFields)
  const first = await writeAtOnce(openWorld(1), sameFields)

  expect(usual.count('')).toBeLessThanOrEqual(12)
  expect(first.count('')).toBeLessThanOrEqual(32)
  expect(first.count('write names books')).toBe(1)
  expect(first.count(/^put c\/\w+\/meta\//)).toBe(1)
  // The empty schema, and the one with the fields of the documents.
  expect(first.count(/^write collection#\w+ schema#/)).toBe(2)
  expect(first.count('put c/', /\/seg\//)).toBeLessThanOrEqual(3)
})

test('a creation that fails is an error for every write that waits for it, and the next write creates the collection', async () => {
  const { engines, failing } = openWorld(1)
  const [engine] = engines
  failing.push('/meta/')
  const writes = Array.from({ length: WRITERS }, (_, i) => engine!.writeDocuments('books', [sameFields(i)]))
  const failed = await Promise.allSettled(writes)
  failing.length = 0

  expect(failed.filter(({ status }) => status === 'rejected')).toHaveLength(WRITERS)
  expect(failed[WRITERS - 1]).toMatchObject({ reason: { code: 'unavailable' } })
  expect((await engine!.writeDocuments('books', [sameFields(0)])).indexed).toBe(1)
})

test('first writes with fields of their own need one change of the schema together', async () => {
  const known = openWorld(1)
  await known.engines[0]!.writeDocuments('books', [{ id: 'other' }])
  const later = await writeAtOnce(known, ownFields)
  const first = await writeAtOnce(openWorld(1), ownFields)

  expect(later.count(/^write collection#\w+ schema#/)).toBe(1)
  expect(later.count('')).toBeLessThanOrEqual(20)
  expect(first.count(/^write collection#\w+ schema#/)).toBe(2)
  expect(first.count('')).toBeLessThanOrEqual(32)
})

test('patches at once with fields of their own need one change of the schema together, and none fails', async () => {
  const world = openWorld(1)
  const [engine] = world.engines
  await engine!.writeDocuments(
    'books',
    Array.from({ length: WRITERS }, (_, i) => ({ id: `d${i}` })),
  )
  const patched = await atOnce(world, (one, i) => one.patchDocument('books', `d${i}`, ownFields(i)))

  expect(patched.count(/^write collection#\w+ schema#/)).toBeLessThanOrEqual(2)
  expect(patched.count('')).toBeLessThanOrEqual(40)
})

test('a change of the schema takes only so many bytes of waiting documents along', async () => {
  const world = openWorld(1)
  const [engine] = world.engines
  await engine!.writeDocuments('books', [{ id: 'other' }])
  world.requests.length = 0
  const large = { text: 'x'.repeat(600_000) }
  await Promise.all(
    Array.from({ length: 4 }, (_, i) => engine!.writeDocuments('books', [{ ...ownFields(i), ...large }])),
  )

  expect(world.requests.filter((what) => /^write collection#\w+ schema#/.test(what))).toHaveLength(2)
})

test('a waiting batch that may not be written adds no fields', async () => {
  const [engine] = openWorld(1).engines
  await engine!.writeDocuments('books', [{ id: 'a', first: 1 }], { idempotencyKey: 'k' })
  const [written, refused] = await Promise.allSettled([
    engine!.writeDocuments('books', [{ id: 'b', second: 2 }]),
    engine!.writeDocuments('books', [{ id: 'c', third: 3 }], { idempotencyKey: 'k' }),
  ])

  expect(written.status).toBe('fulfilled')
  expect(refused).toMatchObject({ reason: { code: 'idempotency_key_reused' } })
  expect(Object.keys((await engine!.getCollection('books')).schema.fields ?? {})).toEqual(['first', 'second'])
})

test('writes at once of one document take effect in their order, although one change adds the fields of all', async () => {
  const world = openWorld(1)
  const [engine] = world.engines
  await atOnce(world, (one, i) => one.writeDocuments('books', [{ ...ownFields(i), id: 'one' }]))

  expect(await engine!.getDocuments('books', ['one'])).toEqual([{ ...ownFields(WRITERS - 1), id: 'one' }])
})

test.each([
  ['the same fields', sameFields, 650, 8],
  ['fields of their own', ownFields, 800, 36],
])(
  'eight processes with ten first writes each, of %s, make one collection',
  async (_, documentOf, requests, changes) => {
    const world = openWorld(8)
    const first = await writeAtOnce(world, documentOf)

    // Each attempt at a version of the schema has one winner: fields of their own take at most 8 + 7 + … + 1 attempts.
    expect(first.count('write names books')).toBeLessThanOrEqual(8)
    expect(first.count(/^write collection#\w+ schema#(?!1$)/)).toBeLessThanOrEqual(changes)
    expect(first.count('')).toBeLessThanOrEqual(requests)
    const uids = new Set<string>()
    for await (const { key } of world.store.list('c/')) uids.add(key.split('/')[1]!)
    expect(uids.size, 'the attempts that lost are removed').toBe(1)
  },
)

type World = {
  readonly engines: readonly Engine[]
  readonly store: MemoryObjectStore
  readonly requests: string[]
  /** Parts of the names of requests that fail. */
  readonly failing: string[]
}

/** Engines over one store, each like a process of its own. Every request takes a turn of the event loop and is noted. */
function openWorld(size: number): World {
  const store = new MemoryObjectStore(systemClock)
  const coordination = new MemoryCoordination()
  const requests: string[] = []
  const failing: string[] = []
  const plan: RequestPlan = {
    run: async (what, request) => {
      requests.push(what)
      await new Promise((resolve) => setImmediate(resolve))
      if (failing.some((part) => what.includes(part))) throw new UnavailableError('unavailable', `${what} fails`)
      return request()
    },
    happens: () => false,
  }
  const engines = Array.from({ length: size }, () =>
    openMemoryEngine({
      store: new FaultyObjectStore(store, plan),
      coordination: new FaultyCoordination(coordination, plan) as unknown as MemoryCoordination,
    }),
  )
  return { engines, store, requests, failing }
}

/** The requests of something, background work included. */
type Requests = { readonly count: (...containing: (string | RegExp)[]) => number }

async function writeAtOnce(world: World, documentOf: (i: number) => { readonly id: string }): Promise<Requests> {
  const requests = await atOnce(world, (engine, i) => engine.writeDocuments('books', [documentOf(i)]))
  const ids = Array.from({ length: WRITERS }, (_, i) => `d${i}`)
  for (const engine of world.engines) {
    const found = await engine.getDocuments('books', ids, { consistency: 'strong' })
    expect(found).toEqual(ids.map((_, i) => documentOf(i)))
  }
  const { schema } = await world.engines[0]!.getCollection('books')
  const names = new Set(ids.flatMap((_, i) => Object.keys(documentOf(i))).filter((name) => name !== 'id'))
  expect(new Set(Object.keys(schema.fields ?? {}))).toEqual(names)
  return requests
}

/** Does something {@link WRITERS} times at once, shared among the engines. Fails the test if any of it fails. */
async function atOnce(
  { engines, requests }: World,
  act: (engine: Engine, i: number) => Promise<unknown>,
): Promise<Requests> {
  requests.length = 0
  await Promise.all(Array.from({ length: WRITERS }, (_, i) => act(engines[i % engines.length]!, i)))
  for (const engine of engines) await engine.settle()
  const noted = [...requests]
  return {
    count: (...containing) =>
      noted.filter((what) =>
        containing.every((part) => (typeof part === 'string' ? what.includes(part) : part.test(what))),
      ).length,
  }
}

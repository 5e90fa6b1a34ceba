import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createCollection } from '../../core/collections/create-collection.ts'
import type { JsonObject, SearchRequest } from '../../core/contract/search-request.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { parseSchema } from '../../core/schema/declare-schema.ts'
import { flattenDocument } from '../../core/schema/flatten-document.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import type { LeafTransport } from '../../core/transport/leaf-transport.ts'
import { encodeUtf8 } from '../../core/utf8.ts'
import { shardOfId } from '../../core/version/routing.ts'
import type { Put } from '../../core/writing/plan-writes.ts'
import { writeGroup } from '../../core/writing/write-group.ts'
import { openMemoryEngine, openMemoryLeaves } from '../engine/memory-engine.ts'
import { testComponents } from '../shard/open-test-shard.ts'
import { acceptsJson } from './accepts-json.ts'

// Segments whose ranges rule a filter out are not opened, and answers stay the same.

const DAY = 86_400_000
const BEGIN = Date.parse('2020-01-01T00:00:00Z')
const SETTINGS = { backgroundCompaction: false } as const

const schema = {
  fields: {
    at: 'date',
    year: 'integer',
    price: 'float',
    open: 'boolean',
    tag: 'keyword',
    code: { type: 'keyword', normalizer: 'lowercase' },
    name: 'text',
  },
} as const

/** Values of each field, in ascending order. */
const POOLS: Readonly<Record<string, readonly (string | number | boolean)[]>> = {
  at: Array.from({ length: 30 }, (_, i) => new Date(BEGIN + i * DAY).toISOString()),
  year: ['-9223372036854775808', -5, -1, 0, 1, 1950, 1951, 2 ** 53 - 1, '9007199254740993', '9223372036854775807'],
  price: [-1e300, -2.5, -0.5, 0, 0.1, 0.25, 1, 1e21],
  open: [false, true],
  // Longer than the part that ranges keep, equal up to there, and with a character across the cut.
  tag: [
    '',
    'a',
    'ab',
    'sixteen bytes or',
    'sixteen bytes or more',
    'sixteen bytes orz',
    'sixteen bytes oü',
    'z',
    '日本語日本語日本語',
  ],
  code: ['A1', 'B', 'bb', 'C2', 'd', 'E'],
  name: ['flow', 'laminar flow', 'the wing'],
  // Declared after half of the batches are written; no document before has it.
  late: ['x', 'y', 'z'],
}
const FIELDS = Object.keys(POOLS)

/** A segment's documents use neighbouring values of the pools, so that segments differ. */
const batch = fc
  .record({ start: fc.double({ min: 0, max: 0.9, noNaN: true }), width: fc.integer({ min: 1, max: 3 }) })
  .chain(({ start, width }) => {
    const value = (field: string) => {
      const pool = POOLS[field]!
      const from = Math.floor(start * pool.length)
      return fc.constantFrom(...pool.slice(from, from + width))
    }
    const one = (field: string) => fc.oneof(value(field), fc.array(value(field), { maxLength: 3 }))
    const fields = Object.fromEntries(FIELDS.map((field) => [field, one(field)]))
    const id = fc.integer({ min: 0, max: 40 })
    const document = fc.tuple(id, fc.record(fields, { requiredKeys: [] }))
    return fc.uniqueArray(document, { selector: ([key]) => key, minLength: 1, maxLength: 6 })
  })
  .map((all) => all.map(([id, fields]): JsonObject => ({ ...(fields as JsonObject), id: `d${id}` })))

const condition = fc.constantFrom(...FIELDS.filter((field) => field !== 'name')).chain((field) => {
  const value = fc.constantFrom(...POOLS[field]!)
  const values = fc.array(value, { minLength: 1, maxLength: 3 })
  const isText = typeof POOLS[field]![1] === 'string' && field !== 'at'
  const side = fc.constantFrom('gt', 'gte', 'lt', 'lte')
  const operators = fc.oneof(
    value,
    values,
    value.map((ne) => ({ ne })),
    values.map((list) => ({ in: list })),
    values.map((list) => ({ nin: list })),
    values.map((list) => ({ contains_all: list })),
    fc.boolean().map((exists) => ({ exists })),
    fc.tuple(side, value).map(([name, limit]) => ({ [name]: limit })),
    fc.tuple(value, value).map(([gte, lt]) => ({ gte, lt })),
    ...(isText ? [fc.tuple(value, fc.nat(18)).map(([text, n]) => ({ prefix: String(text).slice(0, n) }))] : []),
  )
  return operators.map((all) => ({ [field]: all }) as JsonObject)
})

const filter: fc.Arbitrary<JsonObject> = fc.letrec<{ filter: JsonObject }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 2 },
    condition,
    condition,
    fc.array(tie('filter'), { minLength: 1, maxLength: 3 }).map((and): JsonObject => ({ and })),
    fc.array(tie('filter'), { minLength: 1, maxLength: 3 }).map((or): JsonObject => ({ or })),
    tie('filter').map((not): JsonObject => ({ not })),
  ),
})).filter

test('filters accept the same documents whether or not segments are skipped, in this process and by leaves', async () => {
  let skipped = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(batch, { minLength: 2, maxLength: 8 }),
      fc.uniqueArray(fc.nat(40), { maxLength: 6 }),
      fc.array(filter, { minLength: 4, maxLength: 12 }),
      async (batches, gone, filters) => {
        const places = openPlaces()
        const here = openMemoryEngine({ ...places, ...SETTINGS })
        const leaves = openMemoryLeaves(places.store, 3)
        const root = openMemoryEngine({ ...places, ...SETTINGS, leaves, fanOut: { mode: 'always' } })
        const live = await load(here, batches, gone)
        const all = Number((await here.search('items', ALL)).explain!.segments)

        for (const asked of filters) {
          const expected = [...live.values()].filter((document) => acceptsJson(asked, document)).map(({ id }) => id)
          for (const engine of [here, root]) {
            const { hits, total, shards, explain } = await engine.search('items', { filter: asked, ...ALL })
            expect(
              hits.map(({ id }) => id),
              JSON.stringify(asked),
            ).toEqual(expected.toSorted())
            expect(shards).toMatchObject({ total: 2, successful: 2, failed: 0 })
            expect(total).toBe(expected.length)
            skipped += all - Number(explain!.segments)
          }
        }
        await here.close()
        await root.close()
      },
    ),
    { numRuns: 25 },
  )
  expect(skipped).toBeGreaterThan(50)
})

test('deleting and updating by filter have the same effect whether or not segments are skipped', async () => {
  const { engine } = await twentyDays()
  await engine.deleteDocuments('days', { ids: ['d3-1'] })

  const first = await engine.updateByFilter('days', { filter: days(3, 5), patch: { price: 7 } })
  expect(first).toMatchObject({ matched: 8, updated: 8 })
  // The segments of days 3 to 5 keep their ranges, although all of their documents are deleted or replaced.
  expect(await engine.deleteByFilter('days', { filter: { and: [days(4, 5), { price: 7 }] } })).toMatchObject({
    matched: 6,
    deleted: 6,
  })
  expect((await engine.search('days', { filter: days(0, 19), limit: 0, ...STRONG })).total).toBe(60 - 1 - 6)
})

test('a filter on days reads only the segments that have such days', async () => {
  const { places } = await twentyDays()
  const gets = async (request: SearchRequest) => {
    const cold = openMemoryEngine({ ...places, ...SETTINGS })
    const { cost, total } = await cold.search('days', { limit: 0, ...request })
    return [total, cost.gets]
  }

  // Files below 64 KB are read whole: one GET per segment.
  expect(await gets({})).toEqual([60, 20])
  expect(await gets({ filter: days(7, 9) })).toEqual([9, 3])
  expect(await gets({ filter: { and: [days(7, 12), { year: { in: [8, 11, 19] } }] } })).toEqual([6, 2])
  expect(await gets({ filter: { at: new Date(BEGIN + 13 * DAY).toISOString() } })).toEqual([3, 1])
  expect(await gets({ filter: { at: { gt: '2021-01-01' } } })).toEqual([0, 0])
  // Only one document of the last segment has this field.
  expect(await gets({ filter: { late: { exists: true } } })).toEqual([1, 1])
  expect(await gets({ filter: { late: { exists: false } } })).toEqual([59, 20])
  // If words are scored, they are counted in all segments; otherwise in none.
  expect(await gets({ filter: days(7, 9), query: 'flow' })).toEqual([9, 3])
  expect(await gets({ filter: days(7, 9), query: 'flow', limit: 1 })).toEqual([9, 20])
  expect(await gets({ filter: days(7, 9), query: 'flwo~1' })).toEqual([9, 20])
})

test('a filter does not change document frequencies, and so changes no score', async () => {
  const { engine } = await twentyDays()
  const scores = async (filter: JsonObject) => {
    const { hits } = await engine.search('days', { query: 'rare', filter, limit: 100, ...STRONG })
    return hits.map(({ id, score }) => [id, score])
  }

  const all = await scores({ not: { at: null } })
  expect(all.length).toBe(20)
  expect(await scores(days(7, 8))).toEqual(all.filter(([id]) => id === 'd7-0' || id === 'd8-0'))
})

test('a shard whose segments a filter rules out is not asked, and counts as successful', async () => {
  const places = openPlaces()
  const writer = openMemoryEngine({ ...places, ...SETTINGS })
  await writer.createCollection('days', { schema, shards: 4 })
  const ids = Array.from({ length: 60 }, (_, i) => `d${i}`)
  await writer.writeDocuments(
    'days',
    ids.map((id) => ({ id, year: shardOfId(id, 4) })),
  )
  const asked: number[] = []
  const leaves = watched(openMemoryLeaves(places.store, 4), (leaf) => asked.push(leaf))
  const root = openMemoryEngine({ ...places, ...SETTINGS, leaves, fanOut: { mode: 'always' } })

  const found = await root.search('days', { filter: { year: [2, 9] }, limit: 0, ...STRONG })
  expect(asked).toEqual([2])
  expect(found.total).toBe(ids.filter((id) => shardOfId(id, 4) === 2).length)
  expect(found.shards).toMatchObject({ total: 4, successful: 4, failed: 0 })

  const nothing = await root.search('days', { filter: { year: { gt: 3 } }, sort: ['-year'], ...STRONG })
  expect(asked).toEqual([2])
  expect(nothing).toMatchObject({ hits: [], total: 0, shards: { total: 4, successful: 4 } })
})

const STRONG = { consistency: 'strong' } as const
const ALL = { ...STRONG, limit: 100, explain: true, sort: ['id'] }

function openPlaces() {
  return { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
}

/** Writes each batch as a commit, declares a field in between, and deletes some documents. @returns the remaining documents */
async function load(
  engine: Engine,
  batches: readonly (readonly JsonObject[])[],
  gone: readonly number[],
): Promise<Map<string, JsonObject>> {
  await engine.createCollection('items', { schema, shards: 2 })
  const live = new Map<string, JsonObject>()
  for (const [b, batch] of batches.entries()) {
    const isEarly = b < batches.length / 2
    const documents = isEarly ? batch.map(({ late: _, ...document }): JsonObject => document) : batch
    if (!isEarly) await engine.updateCollection('items', { schema: { fields: { late: 'keyword' } } })
    const { errors } = await engine.writeDocuments('items', documents)
    expect(errors).toEqual([])
    for (const document of documents) live.set(String(document.id), document)
  }
  await engine.deleteDocuments('items', { ids: gone.map((id) => `d${id}`) })
  for (const id of gone) live.delete(`d${id}`)
  return live
}

/** Twenty segments of three documents, one for each day: written below the engine, which would merge some of them. */
async function twentyDays() {
  const places = openPlaces()
  const engine = openMemoryEngine({ ...places, ...SETTINGS })
  const parsed = parseSchema({ fields: { ...schema.fields, late: 'integer' } })
  const components = testComponents(places)
  const uid = await createCollection(components, 'days', { schema: parsed, shardCount: 1, settings: {} })
  const turn = { onBuilt: () => undefined, previous: Promise.resolve(undefined) }
  for (let day = 0; day < 20; day++) {
    const at = new Date(BEGIN + day * DAY).toISOString()
    const documents = [0, 1, 2].map((i) => {
      const document = { id: `d${day}-${i}`, at, year: day, name: i === 0 ? 'rare flow' : 'flow' }
      return day === 19 && i === 0 ? { ...document, late: 1 } : document
    })
    const operations = documents.map((document): Put => {
      const { fields } = flattenDocument(parsed, document, 0)
      return { kind: 'put', id: document.id, json: encodeUtf8(JSON.stringify(document)), fields }
    })
    await writeGroup(components, { uid, shard: 0 }, { schema: parsed, operations }, turn)
  }
  return { places, engine }
}

function days(first: number, last: number): JsonObject {
  return {
    at: { gte: new Date(BEGIN + first * DAY).toISOString(), lt: new Date(BEGIN + (last + 1) * DAY).toISOString() },
  }
}

function watched(leaves: LeafTransport, onAsked: (leaf: number) => void): LeafTransport {
  return {
    size: leaves.size,
    send: (leaf, request, signal) => {
      onAsked(leaf)
      return leaves.send(leaf, request, signal)
    },
  }
}

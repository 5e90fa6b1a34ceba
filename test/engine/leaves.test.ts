import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { JsonObject } from '../../core/contract/search-request.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { UnavailableError } from '../../core/errors.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import type { LeafTransport } from '../../core/transport/leaf-transport.ts'
import { answer, documents, load, request, schema, split } from './layout-cases.ts'
import { openMemoryEngine, openMemoryLeaves } from './memory-engine.ts'

const ALWAYS = { mode: 'always' } as const

/** What clients learn about a failure; the log names the function. */
const UNREACHABLE = 'a part of this deployment cannot be reached right now: try again shortly'

test('leaves and this process find the same ids, order, scores and totals', async () => {
  await fc.assert(
    fc.asyncProperty(documents, fc.array(request, { minLength: 1, maxLength: 8 }), fc.nat(4), async (...drawn) => {
      const [all, requests, seed] = drawn
      const places = openPlaces()
      const here = openMemoryEngine(places)
      const root = openMemoryEngine({ ...places, leaves: openMemoryLeaves(places.store, 1 + seed), fanOut: ALWAYS })
      await load(here, 'one', { shards: 1, batches: [all] })
      await load(here, 'shards', { shards: 16, batches: split(all.toReversed(), 9) })

      for (const asked of requests) {
        const expected = await answer(here, 'one', asked)
        expect(await answer(root, 'one', asked), JSON.stringify(asked)).toEqual(expected)
        expect(await answer(root, 'shards', asked), JSON.stringify(asked)).toEqual(expected)
      }
      await here.close()
      await root.close()
    }),
    { numRuns: 40 },
  )
})

test.each([1, 2, 3, 5])('ties at the end of a page are broken by id, with %i leaves', async (size) => {
  const places = openPlaces()
  const root = openMemoryEngine({ ...places, leaves: openMemoryLeaves(places.store, size), fanOut: ALWAYS })
  await load(root, 'books', { shards: 16, batches: split(books(300).toReversed(), 50) })

  const { hits } = await root.search('books', { limit: 7, offset: 3 })
  const sorted = await root.search('books', { limit: 7, offset: 3, sort: ['year', 'id'] })

  const ids = books(300).map(({ id }) => String(id))
  expect(hits.map(({ id }) => id)).toEqual(ids.toSorted().slice(3, 10))
  expect(sorted.hits.map(({ id }) => id)).toEqual(
    ids
      .filter((id) => id.endsWith('0'))
      .toSorted()
      .slice(3, 10),
  )
})

test('a leaf breaks ties if they exceed an answer', async () => {
  const places = openPlaces()
  const ids = Array.from({ length: 27_000 }, (_, i) => `d${(i * 7919) % 27_000}`)
  const root = openMemoryEngine({ ...places, leaves: openMemoryLeaves(places.store, 1), fanOut: ALWAYS })
  await root.createCollection('many', { schema: { fields: { n: 'integer' } }, shards: 3 })
  for (const some of split(ids, 9_000)) {
    await root.writeDocuments(
      'many',
      some.map((id) => ({ id, n: 1 })),
    )
  }

  const { hits } = await root.search('many', { offset: 8_995, limit: 5 })

  expect(hits.map(({ id }) => id)).toEqual(ids.toSorted().slice(8_995, 9_000))
})

test('a leaf gets one request per search, for the shards whose number modulo the pool size is its own', async () => {
  const places = openPlaces()
  const asked: number[] = []
  const leaves = watched(openMemoryLeaves(places.store, 4), (leaf) => asked.push(leaf))
  const root = openMemoryEngine({ ...places, leaves, fanOut: ALWAYS })
  await load(root, 'books', { shards: 16, batches: [books(100)] })

  const { explain, hits } = await root.search('books', { query: 'flow', explain: true })

  expect(asked).toEqual([0, 1, 2, 3])
  expect(hits).toHaveLength(10)
  expect(explain).toMatchObject({ execution: 'leaves', reason: 'fan-out is set to always', statistics_by: 'root' })
  expect((explain!.leaves as { shards: number[] }[]).map(({ shards }) => shards)).toEqual([
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
  ])
})

test.each(['here', 'leaves'])('explain shows the words that match a fuzzy word (%s)', async (where) => {
  const places = openPlaces()
  const leaves = where === 'leaves' && { leaves: openMemoryLeaves(places.store, 2), fanOut: ALWAYS }
  const root = openMemoryEngine({ ...places, ...leaves })
  await load(root, 'books', { shards: 4, batches: [books(40)] })

  const { explain } = await root.search('books', { query: 'flaw~1', fields: ['title'], explain: true })

  const best = explain!.clause as { clauses: object[] }
  expect(JSON.stringify(best)).not.toContain('"fuzzy"')
  expect(best).toMatchObject({ kind: 'fields', clauses: [{ kind: 'term', term: 'flow' }] })
})

test('a small collection is searched in process, and explain says why', async () => {
  const places = openPlaces()
  const root = openMemoryEngine({ ...places, leaves: openMemoryLeaves(places.store, 4) })
  await load(root, 'books', { shards: 4, batches: [books(100)] })

  const { explain } = await root.search('books', { query: 'flow', explain: true })

  expect(explain).toMatchObject({
    execution: 'in_process',
    reason: expect.stringMatching(/^all segments together have/),
  })
})

test('searches over a bound of bytes or postings go to the leaves, and others stay here', async () => {
  const places = openPlaces()
  const reasonOf = async (bytesMax: number, postingsMax: number, query: string) => {
    const leaves = openMemoryLeaves(places.store, 4)
    const root = openMemoryEngine({ ...places, leaves, fanOut: { bytesMax, postingsMax } })
    const { explain } = await root.search('books', { query, explain: true })
    return [explain!.execution, explain!.reason]
  }
  await load(openMemoryEngine(places), 'books', { shards: 4, batches: [books(100)] })

  expect(await reasonOf(1, 1_000_000, 'flow')).toEqual(['leaves', expect.stringMatching(/bytes to read, more than 1$/)])
  expect(await reasonOf(2_000, 10, 'flow')).toEqual(['leaves', expect.stringMatching(/postings to look at, more than/)])
  expect(await reasonOf(2_000, 1_000, 'flow')).toEqual(['in_process', expect.stringMatching(/^at most/)])
})

test('the answer omits and names the shards of a failed leaf', async () => {
  const places = openPlaces()
  const leaves = failing(openMemoryLeaves(places.store, 4), 2, async () => {
    throw new UnavailableError('leaf_failed', 'leaf-2 failed: Runtime.ExitError')
  })
  const root = openMemoryEngine({ ...places, leaves, fanOut: ALWAYS })
  await load(root, 'books', { shards: 16, batches: [books(200)] })

  const partial = await root.search('books', { query: 'flow', limit: 200 })
  const strict = root.search('books', { query: 'flow', allow_partial_results: false })

  expect(partial.shards).toMatchObject({ total: 16, successful: 12, failed: 4 })
  expect(partial.shards.failures.map(({ shard }) => shard)).toEqual([2, 6, 10, 14])
  expect(partial.shards.failures[0]!.reason).toBe(UNREACHABLE)
  expect(partial.total_relation).toBe('gte')
  expect(partial.hits.length).toBe(partial.total)
  await expect(strict).rejects.toMatchObject({ code: 'shards_unavailable' })
})

test('the answer omits the shards of a leaf that is late, and the leaf is stopped', async () => {
  const places = openPlaces()
  let isStopped = false
  const leaves = failing(openMemoryLeaves(places.store, 2), 1, (signal) => {
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        isStopped = true
        reject(new UnavailableError('leaf_failed', 'stopped'))
      })
    })
  })
  const root = openMemoryEngine({ ...places, leaves, fanOut: ALWAYS })
  await load(root, 'books', { shards: 4, batches: [books(50)] })

  const { shards, hits } = await root.search('books', { query: 'flow', partial_results_timeout_ms: 200 })

  const late = expect.stringMatching(
    /^no answer within \d+ of 200 ms, waiting for its (words and statistics|hits); a larger partial_results_timeout_ms allows more$/,
  )
  expect(shards.failures).toEqual([
    { shard: 1, reason: late },
    { shard: 3, reason: late },
  ])
  expect(hits.length).toBeGreaterThan(0)
  expect(isStopped).toBe(true)
})

test('if a client goes, its requests to leaves end, and the leaves stop long before the deadline', async () => {
  const places = openPlaces()
  const engine = openMemoryEngine(places)
  await load(engine, 'books', { shards: 4, batches: [books(50)] })
  let reads = 0
  const hanging: ObjectStore = Object.assign(Object.create(places.store) as ObjectStore, {
    get: () => {
      reads++
      return new Promise(() => {})
    },
  })
  const ends: Promise<unknown>[] = []
  const base = openMemoryLeaves(hanging, 2)
  const leaves: LeafTransport = {
    size: 2,
    send: (...request) => {
      const answer = base.send(...request)
      ends.push(answer.catch((error: unknown) => error))
      return answer
    },
  }
  const root = openMemoryEngine({ ...places, leaves, fanOut: ALWAYS })
  const client = new AbortController()

  const call = { signal: client.signal }
  const searching = root.search('books', { query: 'flow', partial_results_timeout_ms: 600_000 }, call)
  await expect.poll(() => reads).toBeGreaterThan(0)
  client.abort(new Error('gone'))

  await expect(searching).rejects.toThrow('gone')
  expect(ends).toHaveLength(2)
  // Each leaf ends as aborted; otherwise it would wait for its reads for ten minutes.
  for (const end of await Promise.all(ends)) expect(end).toMatchObject({ name: 'AbortError' })
  await root.close()
})

test('the answer omits only the shard that a leaf cannot read', async () => {
  const places = openPlaces()
  const engine = openMemoryEngine(places)
  await load(engine, 'books', { shards: 4, batches: [books(50)] })
  const broken: ObjectStore = Object.assign(Object.create(places.store) as ObjectStore, {
    get: (key: string, range?: { start: number; end: number }) =>
      /\/s\/2\/seg\//.test(key)
        ? Promise.reject(new UnavailableError('storage_unavailable', 'no such luck'))
        : places.store.get(key, range),
  })
  const root = openMemoryEngine({ ...places, leaves: openMemoryLeaves(broken, 2), fanOut: ALWAYS })

  const { shards } = await root.search('books', { query: 'flow' })

  expect(shards.failures).toEqual([{ shard: 2, reason: UNREACHABLE }])
})

test('with too many footers for the root, leaves report frequencies first, and scores are the same', async () => {
  const places = openPlaces()
  const here = openMemoryEngine(places)
  // 65 segments are more than a root opens.
  await here.createCollection('books', { schema, shards: 65 })
  await here.writeDocuments('books', books(900))
  const asked: number[] = []
  const leaves = watched(openMemoryLeaves(places.store, 4), (leaf) => asked.push(leaf))
  const root = openMemoryEngine({ ...places, leaves, fanOut: ALWAYS })

  const query = 'flow heat "laminar flow"'

  const { explain } = await root.search('books', { query, limit: 0, explain: true })

  expect(explain).toMatchObject({ execution: 'leaves', statistics_by: 'leaves' })
  expect(asked).toEqual([0, 1, 2, 3, 0, 1, 2, 3])
  expect(await answer(root, 'books', { query, limit: 50 })).toEqual(await answer(here, 'books', { query, limit: 50 }))
})

test('the cost of a search includes the reads of leaves, in rounds after those of the root', async () => {
  const places = openPlaces()
  await load(openMemoryEngine(places), 'books', { shards: 4, batches: [books(400)] })
  const root = openMemoryEngine({ ...places, leaves: openMemoryLeaves(places.store, 2), fanOut: ALWAYS })

  const cold = await root.search('books', { query: 'flow', explain: true })
  const warm = await root.search('books', { query: 'flow', explain: true })

  const leaves = cold.explain!.leaves as { gets: number; bytes: number; rounds: number }[]
  const [gets, bytes] = [sum(leaves.map((one) => one.gets)), sum(leaves.map((one) => one.bytes))]
  expect(gets).toBeGreaterThanOrEqual(4)
  expect(cold.cost.gets).toBeGreaterThanOrEqual(4 + gets)
  expect(cold.cost.bytes).toBeGreaterThan(bytes)
  expect(cold.cost.rounds).toBeGreaterThan(Math.max(...leaves.map(({ rounds }) => rounds)))
  expect(warm.cost).toMatchObject({ gets: 0, bytes: 0, rounds: 0 })
})

function openPlaces(): { readonly store: MemoryObjectStore; readonly coordination: MemoryCoordination } {
  return { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
}

function books(count: number): JsonObject[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `b${i}`,
    title: i % 2 === 0 ? 'laminar flow of heat' : 'heat and flow, not laminar',
    body: `words ${i % 17} flow`.repeat(1 + (i % 5)),
    year: 1950 + (i % 10),
  }))
}

function watched(base: LeafTransport, tell: (leaf: number) => void): LeafTransport {
  return {
    size: base.size,
    send: (leaf, ...rest) => {
      tell(leaf)
      return base.send(leaf, ...rest)
    },
  }
}

function failing(
  base: LeafTransport,
  which: number,
  instead: (signal: AbortSignal) => Promise<Uint8Array>,
): LeafTransport {
  return {
    size: base.size,
    send: (leaf, body, signal) => (leaf === which ? instead(signal) : base.send(leaf, body, signal)),
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

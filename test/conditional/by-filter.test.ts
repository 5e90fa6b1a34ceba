import { expect, test } from 'vitest'
import type { Coordination } from '../../core/coordination/coordination.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { openEngine } from '../../core/engine/open-engine.ts'
import { UnavailableError } from '../../core/errors.ts'
import { meteredReading } from '../../core/reading/metered-reading.ts'
import { CachedObjectStore } from '../../core/storage/cached-object-store.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { FREE } from '../../core/storage/prices.ts'
import { RangeCache } from '../../core/storage/range-cache.ts'
import type { TimeLimit } from '../../core/time-limit.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { TurnClock } from '../shard/turn-clock.ts'

/** Most documents that one commit patches. */
const BATCH = 1_000

test('a document that another client changed is deleted only if it still matches', async () => {
  const world = openWorld()
  await world.rival.writeDocuments('books', [
    { id: 'a', n: 1 },
    { id: 'b', n: 1 },
    { id: 'c', n: 1 },
  ])
  world.beforeCommit(async () => {
    await world.rival.writeDocuments('books', [
      { id: 'a', n: 2 },
      { id: 'b', n: 1, more: true },
    ])
  })

  const answer = await world.engine.deleteByFilter('books', { filter: { n: 1 } })

  expect(answer).toMatchObject({ deleted: 2, matched: 2, failed: 0, remaining: 0, cursor: null })
  expect(await all(world.rival)).toEqual([{ id: 'a', n: 2 }])
})

test('a patch by filter keeps changes that other clients made before its commit', async () => {
  const world = openWorld()
  await world.rival.writeDocuments('books', [
    { id: 'a', n: 1 },
    { id: 'b', n: 1 },
  ])
  world.beforeCommit(async () => {
    await world.rival.patchDocument('books', 'a', { title: 'sea' })
    await world.rival.deleteDocuments('books', { ids: ['b'] })
  })

  const answer = await world.engine.updateByFilter('books', { filter: { n: 1 }, patch: { seen: true } })

  expect(answer).toMatchObject({ updated: 1, matched: 1, failed: 0 })
  expect(await all(world.rival)).toEqual([{ id: 'a', n: 1, title: 'sea', seen: true }])
})

test('a document that changes all the time fails in the end, alone', async () => {
  const world = openWorld()
  await world.rival.writeDocuments('books', [
    { id: 'a', n: 1, turn: 0 },
    { id: 'b', n: 1 },
  ])
  let turn = 0
  world.beforeEveryCommit(async () => {
    // The second try of the first batch succeeds, without the document that was just changed.
    if (++turn !== 2) await world.rival.patchDocument('books', 'a', { turn })
  })

  const answer = await world.engine.updateByFilter('books', { filter: { n: 1 }, patch: { seen: true } })

  expect(answer).toMatchObject({ updated: 1, matched: 2, failed: 1, cursor: null })
  expect(answer.errors).toMatchObject([{ id: 'a', error: { code: 'version_conflict' } }])
})

test('an answer that ends early says where to continue, and continuing does the rest', async () => {
  const world = openWorld()
  await world.rival.writeDocuments('books', numbered(2.5 * BATCH))
  world.beforeCommit(async () => world.leaveMs(3_000))
  const request = { filter: { n: { gte: 0 } }, patch: { seen: true } }

  const first = await world.engine.updateByFilter('books', request)
  world.leaveMs(Number.POSITIVE_INFINITY)
  const rest = await world.engine.updateByFilter('books', { ...request, cursor: first.cursor! })

  expect(first).toMatchObject({ updated: BATCH, remaining: 1.5 * BATCH, cursor: expect.any(String) })
  expect(rest).toMatchObject({ updated: 1.5 * BATCH, unchanged: 0, remaining: 0, cursor: null })
})

test('a failure of storage ends the request with the number of changes that are certain', async () => {
  const world = openWorld()
  await world.rival.writeDocuments('books', numbered(2.5 * BATCH))
  let commits = 0
  world.beforeEveryCommit(async () => {
    if (++commits > 1) throw new UnavailableError('injected_fault', 'no row can be written any more')
  })
  const request = { filter: { n: { gte: 0 } }, patch: { seen: true } }

  const first = await world.engine.updateByFilter('books', request)
  await expect(world.engine.updateByFilter('books', { ...request, cursor: first.cursor! })).rejects.toMatchObject({
    code: 'outcome_unknown',
  })
  world.beforeEveryCommit(async () => undefined)
  const rest = await world.engine.updateByFilter('books', { ...request, cursor: first.cursor! })

  expect(first).toMatchObject({ updated: BATCH, failed: 0, remaining: 1.5 * BATCH })
  expect(rest).toMatchObject({ updated: 1.5 * BATCH, cursor: null })
})

test('the session of the answer covers every shard that was written', async () => {
  const world = openWorld()
  await world.rival.createCollection('books', { shards: 4 })
  await world.rival.writeDocuments('books', numbered(40))

  const { session } = await world.engine.updateByFilter('books', { filter: {}, patch: { seen: true }, limit: 25 })
  const { count } = await world.rival.count('books', { filter: { seen: true }, session })

  expect(count).toBe(25)
})

type Hook = () => Promise<void>

/** An engine with a hook before its commits, and a rival on the same data. */
function openWorld() {
  const clock = new TurnClock()
  const store = new MemoryObjectStore(clock)
  const rows = new MemoryCoordination()
  let hook: Hook = async () => undefined
  let leftMs = Number.POSITIVE_INFINITY
  const timeLimit: TimeLimit = { remainingMs: () => leftMs, signal: undefined }
  const interrupted: Coordination = {
    read: (key, options) => rows.read(key, options),
    write: async (key, change, conditions) => {
      if (key.sk === 'head' && 'set' in change) await hook()
      return rows.write(key, change, conditions)
    },
    delete: (key, conditions) => rows.delete(key, conditions),
    query: (pk, prefix, options) => rows.query(pk, prefix, options),
    close: () => rows.close(),
  }
  const open = (coordination: Coordination, seed: number, limit?: TimeLimit): Engine => {
    const cached = new CachedObjectStore(store, new RangeCache(16 * 1024 * 1024), (key) => key.includes('/seg/'))
    return openEngine(
      {
        store: cached,
        coordination,
        clock,
        random: seededRandom(seed),
        beginReading: () => meteredReading(cached, FREE),
        ...(limit && { timeLimit: limit }),
      },
      { workerCount: 0 },
    )
  }
  return {
    engine: open(interrupted, 1, timeLimit),
    rival: open(rows, 2),
    leaveMs(ms: number) {
      leftMs = ms
    },
    beforeCommit(next: Hook) {
      hook = async () => {
        hook = async () => undefined
        await next()
      }
    },
    beforeEveryCommit(next: Hook) {
      hook = next
    },
  }
}

function numbered(count: number) {
  return Array.from({ length: count }, (_, n) => ({ id: `d${10_000 + n}`, n }))
}

async function all(engine: Engine) {
  return (await engine.listDocuments('books', { consistency: 'strong' })).documents
}

import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import type { ByteRange, ObjectStore } from '../../core/storage/object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { openMemoryEngine, openMemoryLeaves } from './memory-engine.ts'

const TIMEOUT_MS = 400

/** A store that answers neither the n-th request for a segment of shard 2 nor any later one. */
function hanging(base: ObjectStore, from: number): ObjectStore {
  let count = 0
  const get = (key: string, range?: ByteRange): Promise<Uint8Array> => {
    const isSlow = /\/s\/2\/seg\//.test(key) && ++count > from
    return isSlow ? new Promise(() => {}) : base.get(key, range)
  }
  return Object.assign(Object.create(base) as ObjectStore, { get })
}

test.each([
  ['here, while segments are opened', 0, 'here'],
  ['here, while postings are read', 1, 'here'],
  ['here, while documents are read', 2, 'here'],
  ['at a leaf, while segments are opened', 0, 'leaves'],
  ['at a leaf, while postings are read', 1, 'leaves'],
  ['at the root of leaves, while documents are read', 0, 'root'],
])('a shard that hangs %s affects only itself', async (_, from, where) => {
  const places = { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
  const writer = openMemoryEngine(places)
  await writer.createCollection('books', { shards: 4 })
  // A segment of more than 64 KB is not read whole when it is opened.
  const text = (i: number) => Array.from({ length: 60 }, (_, k) => `w${(i * 7919 + k * 104_729) % 99_991}`).join(' ')
  await writer.writeDocuments(
    'books',
    Array.from({ length: 2_000 }, (_, i) => ({ id: `b${i}`, text: `flow ${text(i)}` })),
  )
  const store = hanging(places.store, from)
  const logged: unknown[] = []
  const onFailure = (error: unknown) => logged.push(error)
  const here = openMemoryEngine({ ...places, store, onFailure })
  const isRoot = where === 'root'
  const root = openMemoryEngine({
    ...places,
    ...(isRoot && { store: hanging(places.store, 0) }),
    onFailure,
    leaves: openMemoryLeaves(isRoot ? places.store : store, 2),
    fanOut: { mode: 'always' },
  })

  const request = { query: 'flow', limit: 5, partial_results_timeout_ms: TIMEOUT_MS }
  const { shards, hits, total } = await (where === 'here' ? here : root).search('books', request)

  expect(shards.failures).toEqual([
    {
      shard: 2,
      reason: expect.stringMatching(
        /^no answer within (\d+ of )?\d+ ms, waiting for its (version|words and statistics|hits|documents); a larger partial_results_timeout_ms allows more$/,
      ),
    },
  ])
  expect(logged).toEqual([expect.objectContaining({ code: 'shard_timeout' })])
  expect(hits).toHaveLength(5)
  expect(total).toBeGreaterThan(1_000)
})

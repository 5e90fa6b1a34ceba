import { expect, test } from 'vitest'
import type { Clock } from '../../core/clock.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Part } from '../../core/query/score/part.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { openMemoryEngine } from './memory-engine.ts'

const WORDS = Array.from({ length: 60 }, (_, w) => `w${w}`)
const LONG_QUERY = WORDS.map((word) => `"${word} ${WORDS[(WORDS.indexOf(word) + 1) % WORDS.length]}"~3`).join(' OR ')

async function openBooks() {
  const places = { store: new MemoryObjectStore(systemClock), coordination: new HangingCoordination() }
  const engine = openMemoryEngine(places)
  await engine.createCollection('books', { shards: 2 })
  for (let batch = 0; batch < 3; batch++) {
    const documents = Array.from({ length: 5_000 }, (_, i) => {
      const n = batch * 5_000 + i
      return { id: `b${n}`, text: WORDS.map((_, k) => WORDS[(n * 7 + k * (n % 13)) % WORDS.length]).join(' ') }
    })
    await engine.writeDocuments('books', documents)
  }
  return { engine, places }
}

test('long searches take turns, and each finds the same as when it runs alone', async () => {
  const { engine } = await openBooks()
  const searches = [LONG_QUERY, 'w1 OR w2', '"w3 w4" OR w9', 'w5 AND w6', LONG_QUERY, 'w7*']
  const search = (query: string) => engine.search('books', { query, limit: 20 })
  const alone: Awaited<ReturnType<typeof search>>[] = []
  for (const query of searches) alone.push(await search(query))

  let turns = 0
  let isOver = false
  const others = (async () => {
    while (!isOver) {
      await new Promise((resolve) => setImmediate(resolve))
      turns++
    }
  })()
  const together = await Promise.all(searches.map(search))
  isOver = true
  await others

  const found = ({ hits, total }: (typeof alone)[number]) => ({ total, hits: hits.map(({ id, score }) => [id, score]) })
  expect(together.map(found)).toEqual(alone.map(found))
  expect(turns).toBeGreaterThan(5)
  await engine.close()
})

test('the queries of searches that arrive together are planned in different rounds of the event loop', async () => {
  let round = 0
  let isOver = false
  const counting = (async () => {
    for (; !isOver; round++) await new Promise((resolve) => setImmediate(resolve))
  })()
  const plannedIn: number[] = []
  const planned: Part = {
    name: 'planned',
    empty: undefined,
    merge: () => undefined,
    encode: () => null,
    decode: () => undefined,
    isRequested: () => plannedIn.push(round) < 0,
    plan: () => undefined,
    begin: () => ({ collect: () => {}, end: () => undefined }),
    finish: () => undefined,
  }
  // Each look at the clock takes 5 ms, so each step takes its round's whole time.
  let nowMs = 0
  const slowClock: Clock = { ...systemClock, monotonic: () => (nowMs += 5) }
  const engine = openMemoryEngine({ parts: [planned], clock: slowClock })
  await engine.createCollection('books', {})
  await engine.writeDocuments('books', [{ id: '1', text: 'w1' }])
  plannedIn.length = 0

  await Promise.all(
    WORDS.slice(0, 8).map((query) => engine.search('books', { query, partial_results_timeout_ms: 60_000 })),
  )
  isOver = true
  await counting

  expect(plannedIn).toHaveLength(8)
  expect(new Set(plannedIn).size).toBe(8)
  await engine.close()
})

test('a search that is still scoring at its deadline ends as late', async () => {
  const { engine } = await openBooks()
  const failing = engine.search('books', { query: LONG_QUERY, partial_results_timeout_ms: 5 })
  await expect(failing).rejects.toMatchObject({ code: 'shard_timeout' })
  expect((await engine.search('books', { query: 'w1' })).shards.failed).toBe(0)
  await engine.close()
})

test('a search whose client has gone ends at its next turn', async () => {
  const { engine } = await openBooks()
  const abort = new AbortController()
  const searching = engine.search('books', { query: LONG_QUERY }, { signal: abort.signal })
  setImmediate(() => abort.abort(new Error('gone')))
  await expect(searching).rejects.toThrow('gone')
  await engine.close()
})

test('a head that cannot be read in time affects only its shard', async () => {
  const { engine, places } = await openBooks()
  const other = openMemoryEngine(places)
  places.coordination.isHanging = true
  const { shards, hits } = await other.search('books', { query: 'w1', partial_results_timeout_ms: 2_000 })
  expect(shards.failures).toEqual([
    {
      shard: 1,
      reason: expect.stringMatching(
        /^no answer within 1000 of 2000 ms, waiting for its version; a larger partial_results_timeout_ms allows more$/,
      ),
    },
  ])
  expect(hits).toHaveLength(10)
  places.coordination.isHanging = false
  await engine.close()
})

/** Does not answer requests for the head of shard 1 while it hangs. */
class HangingCoordination extends MemoryCoordination {
  isHanging = false

  override read(...[key, options]: Parameters<MemoryCoordination['read']>): ReturnType<MemoryCoordination['read']> {
    if (this.isHanging && /^shard#.*#1$/.test(key.pk)) return new Promise(() => {})
    return super.read(key, options)
  }
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CachedObjectStore } from '../../core/storage/cached-object-store.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { Meter } from '../../core/storage/meter.ts'
import { meteredObjectStore } from '../../core/storage/metered-object-store.ts'
import { FREE } from '../../core/storage/prices.ts'
import { RangeCache } from '../../core/storage/range-cache.ts'
import { systemClock } from '../../core/system-clock.ts'

const range = (start: number, end: number) => ({ start, end })

test('a repeated request for a range returns the same bytes and reads the store once', async () => {
  const { store, asked } = await setUp(1_000_000)

  const first = await store.get('k', range(2, 5))
  const again = await store.get('k', range(2, 5))
  const other = await store.get('k', range(2, 6))
  const whole = await store.get('k')

  expect(again).toBe(first)
  expect(await store.get('k')).toBe(whole)
  expect([first, other, whole].map((bytes) => bytes.length)).toEqual([3, 4, 100])
  expect(asked()).toBe(3)
})

test('concurrent requests for one range share one request and one answer', async () => {
  const { store, asked } = await setUp(1_000_000)

  const answers = await Promise.all(Array.from({ length: 10 }, () => store.get('k', range(0, 9))))

  expect(new Set(answers).size).toBe(1)
  expect(asked()).toBe(1)
})

test('a failure is not cached, and all waiting callers get the error', async () => {
  const { store, base } = await setUp(1_000_000)

  const failed = await Promise.allSettled([store.get('later'), store.get('later')])
  await base.put('later', new Uint8Array(5))

  expect(failed.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected'])
  expect(await store.get('later')).toHaveLength(5)
})

test('objects that are not cached are read each time', async () => {
  const { base, counting, asked } = await setUp(1_000_000)
  await base.put('head/1', new Uint8Array(5))
  const store = new CachedObjectStore(counting, new RangeCache(1_000_000), (key) => key.startsWith('seg/'))

  await store.get('head/1')
  await store.get('head/1')

  expect(asked()).toBe(2)
})

test('a deleted object is no longer cached', async () => {
  const { store, cache } = await setUp(1_000_000)
  await store.get('k', range(0, 4))
  await store.get('k', range(0, 8))

  await store.delete(['k'])

  expect(cache.byteSize).toBe(0)
  await expect(store.get('k', range(0, 4))).rejects.toThrow('no object k')
})

test('an answer larger than the cache is passed on and not kept', async () => {
  const { store, cache, asked } = await setUp(250)

  expect(await store.get('k')).toHaveLength(100)
  expect(await store.get('k')).toHaveLength(100)

  expect(cache.byteSize).toBe(0)
  expect(asked()).toBe(2)
})

test('the cache keeps the same ranges within the bound as a naive list of uses', async () => {
  const ask = fc.record({ key: fc.nat(1), start: fc.nat(1), length: fc.integer({ min: 1, max: 2 }) })
  const requests = fc.array(ask, { maxLength: 60, size: 'max' })
  await fc.assert(
    fc.asyncProperty(requests, async (asks) => {
      const bytesMax = 5 * 564
      const cache = new RangeCache(bytesMax)
      let naive: string[] = []
      for (const { key, start, length } of asks) {
        const name = `${key} ${start} ${length}`
        let loaded = false
        const bytes = await cache.get(`k${key}`, range(start, start + length), async () => {
          loaded = true
          return new Uint8Array(4).fill(length)
        })
        expect([name, loaded, bytes[0]]).toEqual([name, !naive.includes(name), length])
        naive = [...naive.filter((other) => other !== name), name].slice(-5)
        expect(cache.byteSize).toBe(naive.length * 564)
      }
    }),
  )
})

test('a hit counts as cached bytes, a miss as a request and a round', async () => {
  const { store } = await setUp(1_000_000)
  const cold = new Meter(FREE)
  const warm = new Meter(FREE)

  await store.metered(cold).get('k', range(0, 10))
  await store.metered(warm).get('k', range(0, 10))

  expect(cold.report()).toEqual({ gets: 1, bytes: 10, rounds: 1, cached_bytes: 0, usd: 0 })
  expect(warm.report()).toEqual({ gets: 0, bytes: 0, rounds: 0, cached_bytes: 10, usd: 0 })
})

test('a caller that joins a running request counts a round but no request', async () => {
  const { store } = await setUp(1_000_000)
  const first = new Meter(FREE)
  const second = new Meter(FREE)

  await Promise.all([store.metered(first).get('k', range(0, 10)), store.metered(second).get('k', range(0, 10))])

  expect(first.report()).toMatchObject({ gets: 1, bytes: 10, rounds: 1, cached_bytes: 0 })
  expect(second.report()).toMatchObject({ gets: 0, bytes: 0, rounds: 1, cached_bytes: 10 })
})

test('every range of a learned object is found, and stays when the whole object is evicted', async () => {
  const { store, cache, asked } = await setUp(11_000)
  await store.put(
    'w',
    Uint8Array.from({ length: 4_000 }, (_, i) => i),
  )

  const part = await store.get('w', range(3, 9))
  expect([...part]).toEqual([3, 4, 5, 6, 7, 8])
  expect(part.byteOffset).toBe(0)
  expect(await store.get('w', range(3, 9))).toBe(part)
  expect(await store.get('w', range(3_995, 5_000))).toHaveLength(5)

  // Half of the memory has room for one such object.
  await store.put('next', new Uint8Array(4_000))
  expect(await store.get('w', range(3, 9))).toBe(part)
  expect(asked()).toBe(0)
  await store.get('w', range(4, 9))
  expect(asked()).toBe(1)

  await store.delete(['w', 'next'])
  expect(cache.byteSize).toBe(0)
})

test('an object that the newest version no longer names is removed with its ranges, and makes room', async () => {
  const { store, cache, asked } = await setUp(11_000)
  for (const key of ['first', 'merged', 'last']) {
    await store.put(key, new Uint8Array(2_000))
    if (key !== 'merged') continue
    expect(await store.get('merged', range(0, 10))).toHaveLength(10)
    store.forget(['merged', 'unknown'])
  }

  await store.get('first', range(0, 10))
  await store.get('last', range(0, 10))
  expect(asked()).toBe(0)
  const { byteSize } = cache
  await store.get('merged', range(0, 10))
  await store.get('merged')
  expect(asked()).toBe(2)

  store.forget(['merged'])
  expect(cache.byteSize).toBe(byteSize)
})

test('a learned object is cached unchanged, unless it is too large or of no use', async () => {
  const { base, counting, cache, store, asked } = await setUp(11_000)
  const body = Uint8Array.of(1, 2, 3)
  await store.put('w', body)
  body[0] = 9
  expect([...(await store.get('w'))]).toEqual([1, 2, 3])

  await store.put('large', new Uint8Array(5_000))
  await store.get('large', range(0, 1))
  expect(asked()).toBe(1)

  const before = cache.byteSize
  await new CachedObjectStore(counting, cache, (key) => key.startsWith('seg/')).put('head/1', body)
  expect(cache.byteSize).toBe(before)
  expect(await base.get('head/1')).toHaveLength(3)
})

test('whatever is written, read and deleted, the answers are right and the bound holds', async () => {
  const step = fc.record({
    key: fc.nat(3),
    kind: fc.constantFrom('put', 'get', 'get', 'get', 'forget', 'delete'),
    start: fc.nat(90),
    length: fc.nat(90),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), async (steps) => {
      const base = new MemoryObjectStore(systemClock)
      const cache = new RangeCache(4_000)
      const store = new CachedObjectStore(base, cache, () => true)
      const written = new Set<string>()
      for (const { key, kind, start, length } of steps) {
        const name = `k${key}`
        if (kind === 'put' && !written.has(name)) await store.put(name, objectOf(key))
        if (kind === 'put') written.add(name)
        if (kind === 'forget') store.forget([name])
        if (kind === 'delete') await store.delete([...written])
        if (kind === 'delete') written.clear()
        if (kind === 'get' && written.has(name)) {
          const expected = objectOf(key).slice(start, start + length)
          expect(await store.get(name, range(start, start + length))).toEqual(expected)
        }
        expect(cache.byteSize).toBeLessThanOrEqual(4_000)
      }
      await store.delete([...written])
      expect(cache.byteSize).toBe(0)
    }),
  )
})

function objectOf(key: number): Uint8Array {
  return Uint8Array.from({ length: 60 + key * 20 }, (_, i) => key * 50 + i)
}

async function setUp(bytesMax: number) {
  const base = new MemoryObjectStore(systemClock)
  await base.put(
    'k',
    Uint8Array.from({ length: 100 }, (_, i) => i),
  )
  const meter = new Meter(FREE)
  const counting = meteredObjectStore(base, meter)
  const cache = new RangeCache(bytesMax)
  return {
    base,
    counting,
    cache,
    store: new CachedObjectStore(counting, cache, () => true),
    asked: () => meter.counts.gets,
  }
}

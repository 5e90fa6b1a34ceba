import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { Meter } from '../../core/storage/meter.ts'
import { meteredObjectStore } from '../../core/storage/metered-object-store.ts'
import { AWS_US_EAST_1, FREE } from '../../core/storage/prices.ts'
import { systemClock } from '../../core/system-clock.ts'
import { meteredCoordination } from '../coordination/metered-coordination.ts'

test('requests side by side are one round, requests that wait for one another are several', async () => {
  const { store, meter } = await setUp()

  await Promise.all([store.get('a'), store.get('b'), store.get('c')])
  await store.get('a')
  await Promise.all([store.get('b'), store.get('c')])

  expect(meter.report()).toMatchObject({ gets: 6, bytes: 60, rounds: 3 })
})

test('chains side by side are as many rounds as the longest', async () => {
  const { store, meter } = await setUp()
  const chain = async (length: number) => {
    for (let i = 0; i < length; i++) await store.get('a')
  }

  await Promise.all([chain(2), chain(3), chain(1)])

  expect(meter.rounds).toBe(3)
})

test('a request that failed was a request and a round', async () => {
  const { store, meter } = await setUp()

  await store.get('missing').catch(() => undefined)
  await store.get('a')

  expect(meter.report()).toMatchObject({ gets: 2, bytes: 10, rounds: 2 })
})

test('a list is a request and a round for each thousand objects', async () => {
  const { base, store, meter } = await setUp()
  for (let i = 0; i < 2_500; i++) await base.put(`list/${i}`, new Uint8Array(0))

  let count = 0
  for await (const _ of store.list('list/')) count++

  expect(count).toBe(2_500)
  expect(meter.counts.lists).toBe(3)
  expect(meter.rounds).toBe(3)
})

test('dollars are the list prices of what was asked', async () => {
  const { base } = await setUp()
  const meter = new Meter(AWS_US_EAST_1)
  const store = meteredObjectStore(base, meter)
  const rows = meteredCoordination(new MemoryCoordination(), meter)
  const key = { pk: 'p', sk: 's' }

  await Promise.all([store.get('a'), store.get('b'), store.get('c')])
  expect(meter.report().usd).toBeCloseTo(3 * 0.0000004, 12)
  await store.put('d', new Uint8Array(5))
  expect(meter.report().usd).toBeCloseTo(3 * 0.0000004 + 0.000005, 12)

  const before = meter.report().usd
  await rows.write(key, { set: { manifest: new Uint8Array(3_000) } }, [])
  expect(meter.report().usd - before).toBeCloseTo(3 * 0.000000625, 12)

  const beforeReads = meter.report().usd
  await rows.read(key, { consistent: true })
  await rows.read(key, { consistent: false })
  expect(meter.report().usd - beforeReads).toBeCloseTo(1.5 * 0.000000125, 14)
  expect(meter.counts).toMatchObject({ rowReads: 2, rowWrites: 1 })
})

test('nothing is to pay where nobody sends a bill', async () => {
  const { store, meter } = await setUp()

  await store.get('a')

  expect(meter.report().usd).toBe(0)
})

async function setUp() {
  const base = new MemoryObjectStore(systemClock)
  for (const key of ['a', 'b', 'c']) await base.put(key, new Uint8Array(10))
  const meter = new Meter(FREE)
  return { base, meter, store: meteredObjectStore(base, meter) }
}

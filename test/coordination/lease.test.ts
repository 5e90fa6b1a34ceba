import { expect, test } from 'vitest'
import type { Clock } from '../../core/clock.ts'
import type { Coordination } from '../../core/coordination/coordination.ts'
import { Lease } from '../../core/coordination/lease.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { LEASE_MS } from '../../core/coordination/standstill.ts'
import { CorruptDataError, UnavailableError } from '../../core/errors.ts'
import { FaultPlan } from '../faults/fault-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { seededRandom } from '../faults/seeded-random.ts'

const key = { pk: 'deployment', sk: 'leader' }
const BEAT_MS = LEASE_MS / 3

test('the first process that takes the lease holds it while it tends it', async () => {
  const { clock, open } = openTable()
  const [a, b] = [open(), open()]
  const held: (number | undefined)[][] = []

  for (let i = 0; i < 10; i++) {
    held.push([await a.tend(), await b.tend()])
    await clock.advance(BEAT_MS)
  }

  expect(held).toEqual(held.map(() => [1, undefined]))
})

test('an untended lease is taken over after exactly the lease time, and the former holder learns that it lost the lease', async () => {
  const { clock, open } = openTable()
  const [a, b] = [open(), open()]
  await a.tend()

  const first = await b.tend()
  await clock.advance(LEASE_MS - 1)
  const early = await b.tend()
  await clock.advance(1)

  expect([first, early, await b.tend(), await a.tend(), await b.tend()]).toEqual([
    undefined,
    undefined,
    2,
    undefined,
    2,
  ])
})

test('a holder that wakes up just before the takeover keeps the lease', async () => {
  const { clock, table, open } = openTable()
  const a = open()
  // The challenger has read the row, and the holder renews it before the challenger's write arrives.
  const b = open({ coordination: meeting(table, () => a.tend()) })
  await a.tend()
  await b.tend()
  await clock.advance(LEASE_MS)

  expect([await b.tend(), await a.tend()]).toEqual([undefined, 1])
})

test('wall clocks do not matter', async () => {
  const { clock, open } = openTable()
  const [a, b] = [open(), open()]
  await a.tend()
  await b.tend()

  clock.jump(10 * LEASE_MS)
  const ahead = await b.tend()
  clock.jump(-20 * LEASE_MS)

  expect([ahead, await b.tend(), await a.tend()]).toEqual([undefined, undefined, 1])
})

test('a challenger whose clock runs ten times too fast takes the lease under another epoch than the holder', async () => {
  const { clock, open } = openTable()
  const fast: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic() * 10,
    sleep: (ms, signal) => clock.sleep(ms, signal),
  }
  const [a, b] = [open(), open({ clock: fast })]
  const believed = await a.tend()
  await b.tend()
  await clock.advance(LEASE_MS / 10)

  // Both believe that they hold the lease, but only one of them meets a condition on the epoch.
  expect([believed, await b.tend()]).toEqual([1, 2])
  expect(await a.tend()).toBeUndefined()
})

test('another process takes a released lease at once, under the next epoch', async () => {
  const { open } = openTable()
  const [a, b] = [open(), open()]
  await a.tend()
  await b.tend()

  await a.release()

  expect([await b.tend(), await a.tend()]).toEqual([2, undefined])
})

test('a late release by a former holder does not affect the new holder', async () => {
  const { clock, open } = openTable()
  const [a, b, c] = [open(), open(), open()]
  await a.tend()
  await b.tend()
  await clock.advance(LEASE_MS)
  await b.tend()

  await a.release()

  expect([await b.tend(), await c.tend()]).toEqual([2, undefined])
})

test('a holder whose reply was lost finds that it holds the lease', async () => {
  const { table, open } = openTable()
  let isLost = true
  const a = open({
    coordination: meeting(table, () => undefined, {
      after: () => {
        if (!isLost) return
        isLost = false
        throw new UnavailableError('injected', 'the reply was lost')
      },
    }),
  })

  await expect(a.tend()).rejects.toMatchObject({ code: 'injected' })

  expect(await a.tend()).toBe(1)
})

test('if two processes find no row, only one takes the lease', async () => {
  const { table, open } = openTable()
  const a = open()
  const b = open({ coordination: meeting(table, () => a.tend()) })

  expect([await b.tend(), await a.tend()]).toEqual([undefined, 1])
})

test('a delayed request does not take a lease that another process has held and released since', async () => {
  const { table, open } = openTable()
  const [a, c] = [open(), open()]
  await a.tend()
  await a.release()
  let isFirst = true
  // When the request of `b` arrives, the lease is free and has the same beat as when `b` read the row.
  const b = open({
    coordination: meeting(table, async () => {
      if (!isFirst) return
      isFirst = false
      expect(await c.tend()).toBe(2)
      await c.release()
    }),
  })

  expect([await b.tend(), await b.tend()]).toEqual([undefined, 3])
})

test('a row that is not a lease is reported as corrupt', async () => {
  const { table, open } = openTable()
  await table.write(key, { set: { epoch: 'one', beat: 1 } }, [])

  await expect(open().tend()).rejects.toBeInstanceOf(CorruptDataError)
})

test.each([1, 2, 3, 4, 5, 6])(
  'no epoch has two holders despite lost requests, stalls and fast clocks, and without faults one holder remains, seed %i',
  async (seed) => {
    const { clock, table, open } = openTable(seed)
    const chance = seededRandom(seed)
    const rates = { fail_before: 0.1, fail_after: 0.15, repeat: 0.15 }
    const plans = Array.from({ length: 5 }, (_, i) => new FaultPlan({ random: seededRandom(seed * 10 + i), rates }))
    const nodes = plans.map((plan, i) => {
      const speed = 0.3 + chance.number() * 3
      const own: Clock = {
        now: () => clock.now(),
        monotonic: () => clock.monotonic() * speed,
        sleep: (ms, signal) => clock.sleep(ms, signal),
      }
      return { lease: open({ coordination: new FaultyCoordination(table, plan), clock: own }), i }
    })
    const holders = new Map<number, number>()
    let newest = 0

    for (let round = 0; round < 400; round++) {
      const { lease, i } = nodes[Math.floor(chance.number() * nodes.length)]!
      const epoch = await lease.tend().catch(() => undefined)
      await clock.advance(chance.number() < 0.1 ? LEASE_MS * chance.number() * 2 : BEAT_MS / 5)
      if (epoch === undefined) continue
      expect(holders.get(epoch) ?? i, `holder of epoch ${epoch}`).toBe(i)
      expect(epoch).toBeGreaterThanOrEqual(newest)
      holders.set(epoch, i)
      newest = epoch
    }
    for (const plan of plans) plan.rates = {}
    let held: (number | undefined)[] = []
    for (let round = 0; round < 30; round++) {
      held = []
      for (const { lease } of nodes) held.push(await lease.tend())
      await clock.advance(BEAT_MS / 10)
    }

    expect(holders.size).toBeGreaterThan(2)
    expect(held.filter((epoch) => epoch !== undefined)).toHaveLength(1)
  },
)

type Given = { readonly coordination?: Coordination; readonly clock?: Clock }

function openTable(seed = 1) {
  const clock = new ManualClock()
  const table = new MemoryCoordination()
  const random = seededRandom(seed * 100)
  const open = (given: Given = {}) => new Lease({ coordination: table, clock, random, ...given }, key)
  return { clock, table, open }
}

/** Calls `before` before each write, and `after` between the write and its reply. */
function meeting(
  base: Coordination,
  before: () => unknown,
  { after }: { readonly after?: () => void } = {},
): Coordination {
  return {
    read: (row, options) => base.read(row, options),
    async write(row, change, conditions) {
      await before()
      const reply = await base.write(row, change, conditions)
      after?.()
      return reply
    },
    delete: (row, conditions) => base.delete(row, conditions),
    query: (pk, skPrefix, options) => base.query(pk, skPrefix, options),
    close: () => base.close(),
  }
}

import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { FaultPlan, type FaultRates } from './fault-plan.ts'
import { FaultyCoordination } from './faulty-coordination.ts'
import { FaultyObjectStore } from './faulty-object-store.ts'
import { ManualClock } from './manual-clock.ts'
import { seededRandom } from './seeded-random.ts'

const key = { pk: 'p', sk: 's' }

test('a seed gives the same numbers and names again, another seed gives others', () => {
  const draw = (seed: number) => {
    const random = seededRandom(seed)
    return [random.number(), random.name(), random.number()]
  }

  expect(draw(7)).toEqual(draw(7))
  expect(draw(7)).not.toEqual(draw(8))
  expect(draw(7)[1]).toMatch(/^[0-9a-z]{26}$/)
})

test('seeded numbers are spread evenly', () => {
  const random = seededRandom(1)
  const tenths = new Array<number>(10).fill(0)

  for (let i = 0; i < 100_000; i++) tenths[Math.floor(random.number() * 10)]!++

  for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(500)
})

test('the same seed and requests meet the same faults', async () => {
  const faultsOf = async (seed: number) => {
    const rates = { fail_before: 0.2, fail_after: 0.2, throttle: 0.1, repeat: 0.1 }
    const plan = new FaultPlan({ random: seededRandom(seed), rates })
    const store = new FaultyObjectStore(new MemoryObjectStore(systemClock), plan)
    for (let i = 0; i < 50; i++) await store.put(`k${i}`, new Uint8Array(1)).catch(() => undefined)
    return plan.log.map((record) => record.fault)
  }

  expect(await faultsOf(3)).toEqual(await faultsOf(3))
  expect(await faultsOf(3)).not.toEqual(await faultsOf(4))
  expect(new Set(await faultsOf(3))).toEqual(new Set(['none', 'fail_before', 'fail_after', 'throttle', 'repeat']))
})

test('a request that fails before its execution is not done, one whose reply is lost is', async () => {
  const base = new MemoryObjectStore(systemClock)
  const before = new FaultyObjectStore(base, planOf({ fail_before: 1 }))
  const after = new FaultyObjectStore(base, planOf({ fail_after: 1 }))

  await expect(before.put('before', new Uint8Array(1))).rejects.toMatchObject({ name: 'UnavailableError' })
  await expect(after.put('after', new Uint8Array(1))).rejects.toMatchObject({ name: 'UnavailableError' })

  await expect(base.get('before')).rejects.toThrow('no object')
  expect(await base.get('after')).toHaveLength(1)
})

test('a repeated conditional write is refused by its own first try', async () => {
  const base = new MemoryCoordination()
  const faulty = new FaultyCoordination(base, planOf({ repeat: 1 }))

  expect(await faulty.write(key, { set: { a: 1 } }, [{ attribute: 'a', is: 'absent' }])).toBe('refused')

  expect((await base.read(key, { consistent: true }))?.attributes).toEqual({ a: 1 })
})

test('an eventual read may be stale, a consistent one never is', async () => {
  const faulty = new FaultyCoordination(new MemoryCoordination(), planOf({}), 1)

  await faulty.write(key, { set: { a: 1 } }, [])
  await faulty.write(key, { set: { a: 2 } }, [])
  await faulty.write(key, { set: { a: 3 } }, [])

  expect((await faulty.read(key, { consistent: true }))?.attributes).toEqual({ a: 3 })
  expect((await faulty.read(key, { consistent: false }))?.attributes).not.toEqual({ a: 3 })
})

test('a manual clock wakes sleepers in the order of their times', async () => {
  const clock = new ManualClock()
  const woken: string[] = []
  const sleep = async (name: string, durationMs: number) => {
    await clock.sleep(durationMs)
    woken.push(`${name} at ${clock.monotonic()}`)
  }
  const sleeping = [sleep('c', 30), sleep('a', 10), sleep('b', 20)]

  await clock.advance(25)
  expect(woken).toEqual(['a at 10', 'b at 20'])
  await clock.advance(5)
  await Promise.all(sleeping)

  expect(woken).toEqual(['a at 10', 'b at 20', 'c at 30'])
  expect(clock.now()).toBe(new ManualClock().now() + 30)
})

test('an aborted sleep rejects with the reason', async () => {
  const clock = new ManualClock()
  const controller = new AbortController()
  const sleeping = clock.sleep(1_000, controller.signal)

  controller.abort(new Error('enough'))

  await expect(sleeping).rejects.toThrow('enough')
  expect(clock.sleeperCount).toBe(0)
})

function planOf(rates: FaultRates): FaultPlan {
  return new FaultPlan({ random: seededRandom(1), rates })
}

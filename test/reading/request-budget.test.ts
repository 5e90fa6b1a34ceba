import { expect, test } from 'vitest'
import type { Clock } from '../../core/clock.ts'
import { LimitExceededError } from '../../core/errors.ts'
import { MemoryAllowance } from '../../core/memory-allowance.ts'
import { Deadlines } from '../../core/reading/deadlines.ts'
import { LiveShards } from '../../core/reading/live-shards.ts'
import { RequestBudget } from '../../core/reading/request-budget.ts'
import { inSteps } from '../../core/segment/format/read-plan.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import { ThreadTurns } from '../../core/time-slice.ts'

const NO_STORE = undefined as unknown as ObjectStore

test('searches of one request share its thread time, and when it is used up their shards fail', async () => {
  const { deadlines, steps, taken } = thread()
  const budget = new RequestBudget(new MemoryAllowance(), 100)
  const searches = [1, 2].map(() => new LiveShards(1, deadlines, 600_000, { budget }))
  const ran = await Promise.all(searches.map((live) => live.run(0, steps(1_000))))

  expect(ran).toEqual([undefined, undefined])
  for (const live of searches) {
    const error = live.failures.get(0)
    expect(error).toBeInstanceOf(LimitExceededError)
    expect(error).toMatchObject({ code: 'budget_exceeded', details: { limit: 'thread_ms', maximum: 100 } })
    expect(live.report().failures[0]!.reason).toContain('100 ms')
    live.end()
  }
  // Both together stop within a turn of the bound.
  expect(taken()).toBeLessThanOrEqual(100 + 2 * 5)
})

test('a request within its bounds ends, and each request has its own bounds', async () => {
  const { deadlines, steps } = thread()
  const one = new LiveShards(1, deadlines, 600_000, { budget: new RequestBudget(new MemoryAllowance(), 100) })
  const other = new LiveShards(1, deadlines, 600_000, { budget: new RequestBudget(new MemoryAllowance(), 100) })

  expect(await Promise.all([one.run(0, steps(90)), other.run(0, steps(90))])).toEqual([90, 90])
  one.end()
  other.end()
})

test('plans take no further turn after their search is over or their shard has failed', async () => {
  const { deadlines, steps, taken } = thread()
  const live = new LiveShards(2, deadlines, 600_000)
  const plans = live.read(NO_STORE, [{ shard: 0 }, { shard: 1 }], ({ shard }) =>
    inSteps(steps(shard === 0 ? 8 : 1_000)),
  )
  await new Promise((resolve) => setImmediate(resolve))
  live.fail(1, new Error('lost'))

  expect(await plans).toEqual([8])
  expect(taken()).toBeLessThan(40)
  const late = live.takeSteps(steps(1_000))
  live.end()
  await expect(late).rejects.toMatchObject({ code: 'shard_timeout' })
})

test('memory beyond the bound is not taken, and released memory can be taken again', () => {
  const memory = new MemoryAllowance(100)
  memory.take(60)

  expect(() => memory.take(41)).toThrow('the searches of a request may hold 100 bytes of memory: request less at once')
  memory.take(40)
  memory.give(60)
  memory.take(60)
  expect(memory.taken).toBe(100)
})

/** A thread whose clock advances by a millisecond with each step. */
function thread() {
  let nowMs = 0
  let count = 0
  const clock: Clock = { now: () => nowMs, monotonic: () => nowMs, sleep: () => new Promise(() => {}) }
  const steps = function* (wanted: number): Generator<void, number> {
    for (let i = 0; i < wanted; i++) {
      nowMs++
      count++
      yield
    }
    return wanted
  }
  return { deadlines: new Deadlines(clock, new ThreadTurns(clock)), steps, taken: () => count }
}

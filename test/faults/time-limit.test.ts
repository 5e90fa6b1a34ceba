import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { InvocationLimit, NO_LIMIT, sleepWithin, withinLimit } from '../../core/time-limit.ts'
import { ManualClock } from './manual-clock.ts'

const what = () => 'the work of this test'
const never = () => new Promise<never>(() => undefined)

test('there is no limit before the first invocation, and no time after an invocation has ended', async () => {
  const clock = new ManualClock()
  const limit = new InvocationLimit(clock)
  const before = [limit.remainingMs(), limit.signal]

  limit.begin(1000)
  await clock.advance(300)
  const during = [limit.remainingMs(), limit.signal?.aborted]
  limit.end()

  expect(before).toEqual([Number.POSITIVE_INFINITY, undefined])
  expect(during).toEqual([700, false])
  expect(limit.remainingMs()).toBeLessThanOrEqual(0)
  expect(limit.signal?.aborted).toBe(true)
})

test('waiting for a request ends at the limit', async () => {
  const clock = new ManualClock()
  const limit = new InvocationLimit(clock)
  limit.begin(1000)
  let reason: unknown
  const waiting = withinLimit(limit, what, never).catch((error: unknown) => {
    reason = error
  })

  await clock.advance(999)
  const early = reason
  await clock.advance(1)
  await waiting

  expect(early).toBeUndefined()
  expect(reason).toMatchObject({ name: 'UnavailableError', code: 'deadline_exceeded' })
  await expect(withinLimit(limit, what, async () => 'sent')).rejects.toMatchObject({ code: 'deadline_exceeded' })
})

test('requests that are still under way when the next invocation begins are aborted', async () => {
  const clock = new ManualClock()
  const limit = new InvocationLimit(clock)
  limit.begin(1000)
  const first = limit.signal
  const waiting = withinLimit(limit, what, never)

  limit.begin(5000)

  await expect(waiting).rejects.toMatchObject({ code: 'deadline_exceeded' })
  expect([first?.aborted, limit.signal?.aborted, limit.remainingMs()]).toEqual([true, false, 5000])
  expect(await withinLimit(limit, what, async () => 'done')).toBe('done')
})

test('invocations leave no timers, and requests no listeners', async () => {
  const clock = new ManualClock()
  const limit = new InvocationLimit(clock)

  for (let i = 1; i <= 20; i++) {
    limit.begin(i * 1000)
    const done = Array.from({ length: 50 }, () => withinLimit(limit, what, async () => i))
    const failed = withinLimit(limit, what, () => Promise.reject(new Error('as it may')))
    await Promise.all(done)
    await expect(failed).rejects.toThrow('as it may')
    // The remaining one is the limit's own timer.
    expect(getEventListeners(limit.signal!, 'abort')).toHaveLength(1)
  }
  expect(clock.sleeperCount).toBe(1)
  limit.end()

  expect(clock.sleeperCount).toBe(0)
})

test('many simultaneous requests cause no warning about listeners', async () => {
  const warnings: Error[] = []
  const onWarning = (warning: Error) => warnings.push(warning)
  process.on('warning', onWarning)
  const limit = new InvocationLimit(new ManualClock())
  limit.begin(1000)

  const waiting = Array.from({ length: 100 }, () => withinLimit(limit, what, never).catch(() => undefined))
  limit.end()
  await Promise.all(waiting)
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', onWarning)

  expect(warnings).toEqual([])
})

test('a request without a limit receives no signal', async () => {
  expect(await withinLimit(NO_LIMIT, what, async (signal) => signal)).toBeUndefined()
})

test('no sleep lasts beyond the limit', async () => {
  const clock = new ManualClock()
  const timeLimit = new InvocationLimit(clock)
  timeLimit.begin(100)
  const woken: number[] = []

  const sleeping = [30, 5000].map(async (durationMs) => {
    await sleepWithin({ clock, timeLimit }, durationMs)
    woken.push(clock.monotonic())
  })
  await clock.advance(100)
  await Promise.all(sleeping)
  await sleepWithin({ clock, timeLimit }, 5000)

  expect(woken).toEqual([30, 100])
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ThawingClock } from '../../core/thawing-clock.ts'
import { ManualClock } from './manual-clock.ts'

test('a thawed clock has moved on by the time it missed', async () => {
  const base = new ManualClock()
  const clock = new ThawingClock(base)
  await base.advance(100)
  const before = clock.monotonic()

  // While frozen, wall-clock time continues and the monotonic clock stands still.
  base.jump(60_000)
  const unaware = clock.monotonic()
  clock.thaw()

  expect([before, unaware, clock.monotonic()]).toEqual([100, 100, 60_100])
  expect(clock.now()).toBe(base.now())
})

test('a clock that was not frozen is not moved on', async () => {
  const base = new ManualClock()
  const clock = new ThawingClock(base)

  await base.advance(500)
  clock.thaw()
  await base.advance(500)
  clock.thaw()

  expect(clock.monotonic()).toBe(1000)
})

test('a pause is counted once, however often the clock is thawed', () => {
  const base = new ManualClock()
  const clock = new ThawingClock(base)

  base.jump(5000)
  clock.thaw()
  clock.thaw()

  expect(clock.monotonic()).toBe(5000)
})

test('a wall clock that was set back neither sets time back nor hides the next pause', () => {
  const base = new ManualClock()
  const clock = new ThawingClock(base)
  base.jump(1000)
  clock.thaw()

  base.jump(-3_600_000)
  clock.thaw()
  const setBack = clock.monotonic()
  base.jump(7000)
  clock.thaw()

  expect([setBack, clock.monotonic()]).toEqual([1000, 8000])
})

test('time never goes back, and never falls behind the underlying clock', async () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constantFrom('advance' as const, 'jump' as const), ms: fc.integer({ min: 0, max: 5000 }) }),
      fc.record({ kind: fc.constant('jump' as const), ms: fc.integer({ min: -5000, max: 0 }) }),
      fc.constant({ kind: 'thaw' as const, ms: 0 }),
    ),
    { maxLength: 30 },
  )
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const base = new ManualClock()
      const clock = new ThawingClock(base)
      let last = clock.monotonic()
      for (const { kind, ms } of taken) {
        if (kind === 'advance') await base.advance(ms)
        else if (kind === 'jump') base.jump(ms)
        else clock.thaw()
        const now = clock.monotonic()
        expect(now).toBeGreaterThanOrEqual(last)
        expect(now).toBeGreaterThanOrEqual(base.monotonic())
        last = now
      }
    }),
    { numRuns: 50 },
  )
})

test('sleeping takes as long as on the underlying clock', async () => {
  const base = new ManualClock()
  const clock = new ThawingClock(base)
  base.jump(10_000)
  clock.thaw()
  let isAwake = false
  const sleeping = clock.sleep(50).then(() => {
    isAwake = true
  })

  await base.advance(49)
  const early = isAwake
  await base.advance(1)
  await sleeping

  expect([early, isAwake]).toEqual([false, true])
})

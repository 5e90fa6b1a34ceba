import { expect, test } from 'vitest'
import { endsWithin } from '../../cli/commands/end-within.ts'
import { ManualClock } from '../faults/manual-clock.ts'

test('a server that ends waits for what is under way, but not for ever', async () => {
  const clock = new ManualClock()
  const stuck = endsWithin(new Promise(() => undefined), 5_000, clock)
  await clock.advance(4_999)
  expect(clock.sleeperCount).toBe(1)
  await clock.advance(1)

  expect(await stuck).toBe(false)
  expect(await endsWithin(Promise.resolve('done'), 5_000, clock)).toBe(true)
  expect(clock.sleeperCount).toBe(0)
  await expect(endsWithin(Promise.reject(new Error('broken')), 5_000, clock)).rejects.toThrow('broken')
})

import { expect, test } from 'vitest'
import { runSoak } from './run-soak.ts'

test('servers that are killed, stopped and cut off for half a minute lose nothing and double nothing', async () => {
  const report = (line: string) => void process.stderr.write(`${line}\n`)

  const tally = await runSoak({ seconds: 35, seed: 1, stopMs: 4000, report })

  expect(tally.violations).toEqual([])
  expect(tally.get('acknowledged')).toBeGreaterThan(50)
  expect(tally.get('kills')).toBeGreaterThan(1)
  expect(tally.get('stops')).toBeGreaterThan(1)
  expect(tally.get('collections')).toBeGreaterThan(0)
})

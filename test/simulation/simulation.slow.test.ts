import { expect, test } from 'vitest'
import { runSeed } from './run-seed.ts'

/** As many as take some ten seconds; `npm run simulate` runs any number. */
const SEEDS = 120
/** On a machine that is busy with other things. */
const TIMEOUT_MS = 240_000

test(
  'whatever fails, nothing that was acknowledged is lost and nothing that was refused appears',
  async () => {
    const found: string[] = []
    let [commits, acknowledged, ownerCommits, takeOvers, forwarded] = [0, 0, 0, 0, 0]
    for (let seed = 1; seed <= SEEDS; seed++) {
      const report = await runSeed(seed)
      if (report.violation !== undefined) found.push(`seed ${seed}: ${report.violation}`)
      commits += report.commits
      acknowledged += report.acknowledged
      ownerCommits += report.owners.ownerCommits
      takeOvers += report.owners.takeOvers
      forwarded += report.owners.forwarded
    }

    expect(found).toEqual([])
    // A simulation in which hardly anything succeeds would find nothing.
    expect(commits).toBeGreaterThan(5 * SEEDS)
    expect(acknowledged).toBeGreaterThan(5 * SEEDS)
    expect(ownerCommits).toBeGreaterThan(SEEDS)
    expect(forwarded).toBeGreaterThan(SEEDS / 2)
    expect(takeOvers).toBeGreaterThan(SEEDS / 20)
  },
  TIMEOUT_MS,
)

test('a seed does the same to the letter every time, whatever ran before it', async () => {
  const first = await runSeed(7, { keepsTrace: true })
  const other = await runSeed(8)
  const second = await runSeed(7, { keepsTrace: true })

  expect(first.trace.length).toBeGreaterThan(100)
  expect(second.trace).toEqual(first.trace)
  expect(second.digest).toBe(first.digest)
  expect(other.digest).not.toBe(first.digest)
})

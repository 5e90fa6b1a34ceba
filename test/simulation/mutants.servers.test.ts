import { expect, test } from 'vitest'
import { runMutant } from './mutants.ts'
import { MUTATIONS } from './mutations.ts'
import { runSeed } from './run-seed.ts'

const MUTANT_SEEDS_MAX = 2000
const SEEDS = 300

test.concurrent.each(MUTATIONS.filter(({ isRare }) => !isRare))('the simulation finds that $name', async (mutation) => {
  const { seed, violation } = await runMutant(mutation, MUTANT_SEEDS_MAX)

  expect(seed, 'the first seed that finds it').toBeDefined()
  expect(violation).not.toMatch(/the run does not end/)
})

test(`${SEEDS} seeds break no promise`, async () => {
  const found: string[] = []
  for (let seed = 10_001; seed <= 10_000 + SEEDS; seed++) {
    const { violation } = await runSeed(seed)
    if (violation !== undefined) found.push(`seed ${seed}: ${violation}`)
  }

  expect(found).toEqual([])
})

import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Mutation } from './mutation.ts'
import { MUTATIONS } from './mutations.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export type MutantReport = {
  readonly name: string
  /** The first seed that finds it; undefined: it survives. */
  readonly seed: number | undefined
  readonly violation: string | undefined
}

/**
 * Makes one mistake in a copy of core, and runs the simulation on it until it is found.
 *
 * @throws {Error} if the text that is right is not there exactly once: core has changed, and the mutation has to follow
 */
export async function runMutant(mutation: Mutation, seedsMax: number): Promise<MutantReport> {
  const folder = mkdtempSync(join(tmpdir(), 'prism-mutant-'))
  try {
    cpSync(join(ROOT, 'core'), join(folder, 'core'), { recursive: true })
    for (const part of ['cli', 'test/simulation', 'test/faults', 'test/conditional']) {
      cpSync(join(ROOT, part), join(folder, part), { recursive: true })
    }
    cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    const path = join(folder, mutation.path)
    for (const { right, wrong } of [mutation, ...(mutation.also ?? [])]) {
      const parts = readFileSync(path, 'utf8').split(right)
      if (parts.length !== 2) throw new Error(`${mutation.path} has ${parts.length - 1} times: ${right}`)
      writeFileSync(path, parts.join(wrong))
    }
    return { name: mutation.name, ...(await firstViolation(folder, seedsMax)) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function firstViolation(folder: string, seedsMax: number): Promise<Pick<MutantReport, 'seed' | 'violation'>> {
  const parameters = ['--import', 'tsx', 'test/simulation/simulate.ts', '--first', '--seeds', String(seedsMax)]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, parameters, { cwd: folder, maxBuffer: 64 * 1024 * 1024 }, (error, out, problems) => {
      const [, seed, violation] = /^seed (\d+): (.*)$/m.exec(out) ?? []
      if (seed !== undefined) return resolve({ seed: Number(seed), violation })
      if (error) return reject(new Error(`the simulation itself failed: ${problems.slice(0, 2000)}`))
      resolve({ seed: undefined, violation: undefined })
    })
  })
}

/** From the command line: all of them, or those whose names hold the words given. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const words = process.argv.slice(2)
  let survivors = 0
  for (const mutation of MUTATIONS.filter(({ name }) => words.every((word) => name.includes(word)))) {
    const startedMs = performance.now()
    const { seed, violation } = await runMutant(mutation, 3000)
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0)
    if (seed === undefined) survivors++
    const found = seed === undefined ? 'SURVIVES' : `seed ${seed}: ${violation}`
    process.stdout.write(`${mutation.name} (${seconds} s)\n    ${found}\n`)
  }
  process.stdout.write(`${survivors} mutants survive\n`)
  process.exitCode = survivors > 0 ? 1 : 0
}

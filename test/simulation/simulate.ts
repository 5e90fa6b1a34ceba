import { parseArgs } from 'node:util'
import { runSeed } from './run-seed.ts'

/**
 * Runs seeds of the simulation, or one of them with its trace.
 *
 *     npm run simulate -- --seeds 2000 --from 1
 *     npm run simulate -- --seed 17 --trace
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    /** Ends at the first violation. */
    first: { type: 'boolean', default: false },
  },
})

const from = Number(values.seed ?? values.from)
const count = values.seed === undefined ? Number(values.seeds) : 1
const say = (line: string) => process.stdout.write(`${line}\n`)
let violations = 0
let [steps, commits, acknowledged] = [0, 0, 0]
const owners = { takes: 0, takeOvers: 0, ownerCommits: 0, commitsBeside: 0, forwarded: 0 }

for (let seed = from; seed < from + count; seed++) {
  const report = await runSeed(seed, { keepsTrace: values.trace })
  steps += report.steps
  commits += report.commits
  acknowledged += report.acknowledged
  for (const name of Object.keys(owners) as (keyof typeof owners)[]) owners[name] += report.owners[name]
  for (const line of report.trace) say(line)
  if (report.violation !== undefined) {
    violations++
    say(`seed ${seed}: ${report.violation}`)
    if (values.first) break
  } else if ((seed - from + 1) % 100 === 0 && count > 100) {
    say(`… seed ${seed}: ${steps} steps, ${commits} commits, ${acknowledged} acknowledged writes so far`)
  }
}
say(`${steps} steps, ${commits} commits, ${acknowledged} acknowledged writes`)
say(`owners: ${JSON.stringify(owners)}`)
say(`${count} seeds, ${violations} violations`)
process.exitCode = violations > 0 ? 1 : 0

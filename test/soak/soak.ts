import { parseArgs } from 'node:util'
import { runSoak } from './run-soak.ts'

const USAGE = `Kills, stops and cuts off real servers under load, and checks that nothing is lost and nothing doubled.

  npm run soak -- [--minutes 30] [--seed 1]

Ctrl-C ends it early, after the last checks. Needs radosgw, as the tests of the servers' ring do. The exit status is 1 if a promise was broken.`

const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: '1' },
  },
})

if (values.help) {
  process.stdout.write(`${USAGE}\n`)
} else {
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)]
  if (!(minutes > 0) || !Number.isSafeInteger(seed)) throw new Error(USAGE)
  const report = (line: string) => void process.stdout.write(`${line}\n`)
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const { violations } = await runSoak({ seconds: minutes * 60, seed, signal: stop.signal, report })
  process.exitCode = violations.length === 0 ? 0 : 1
}

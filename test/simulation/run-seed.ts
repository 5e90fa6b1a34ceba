import { seededRandom } from '../faults/seeded-random.ts'
import { ACTORS } from './actors/actors.ts'
import type { OwnerWatch } from './history/cluster-watch.ts'
import { Chance, drawSettings, type Settings } from './processes/chance.ts'
import { World } from './world.ts'

export type SeedReport = {
  readonly seed: number
  /** What was broken, if anything was. */
  readonly violation: string | undefined
  /** Of everything that happened: the same for the same seed and code. */
  readonly digest: string
  readonly trace: readonly string[]
  readonly steps: number
  readonly commits: number
  readonly acknowledged: number
  /** Writes that one node did for another; changes of owners; commits of owners, and beside them. */
  readonly owners: OwnerWatch['seen'] & { readonly forwarded: number }
}

/** Runs the simulation of one seed to its end, or to the first violation. */
export async function runSeed(seed: number, options: { readonly keepsTrace?: boolean } = {}): Promise<SeedReport> {
  const world = new World(seed, settingsOf(seed), options.keepsTrace ?? false)
  const violation = await world.run()
  const { scheduler, history } = world
  const commits = [...history.shards.values()].reduce((sum, { versions }) => sum + versions.length - 1, 0)
  const acknowledged = history.writes.filter(({ outcome }) => outcome === 'acknowledged').length
  return {
    seed,
    violation,
    digest: scheduler.digest(),
    trace: scheduler.trace,
    steps: scheduler.step,
    commits,
    acknowledged,
    owners: { ...world.watch.seen, forwarded: world.cluster.forwarded },
  }
}

/** The settings that a seed draws. */
export function settingsOf(seed: number): Settings {
  return drawSettings(
    new Chance(seededRandom(seed)),
    Object.fromEntries(Object.entries(ACTORS).map(([name, { weight }]) => [name, weight])),
  )
}

import { runUpkeep } from '../../../cli/commands/upkeep.ts'
import type { Coordination } from '../../../core/coordination/coordination.ts'
import { LEADER_KEY, Lease } from '../../../core/coordination/lease.ts'
import type { Engine } from '../../../core/engine/engine.ts'
import type { Random } from '../../../core/random.ts'
import type { History } from '../history/history.ts'
import type { SimProcess } from '../processes/process.ts'
import type { Scheduler } from '../processes/scheduler.ts'

type Parts = {
  readonly process: SimProcess
  readonly engine: Engine
  readonly coordination: Coordination
  readonly random: Random
  readonly history: History
  readonly scheduler: Scheduler
  readonly onFailure: (error: unknown) => void
}

/** The upkeep of a deployment, as one process does it whenever it has the lease. */
export class Upkeep {
  readonly #parts: Parts
  readonly #lease: Lease

  constructor(parts: Parts) {
    this.#parts = parts
    this.#lease = new Lease({ ...parts, clock: parts.process }, LEADER_KEY)
  }

  /** Does what a server does, by this process's clock, until the signal is aborted. */
  run(signal: AbortSignal): Promise<void> {
    const { engine, process, scheduler, onFailure } = this.#parts
    const collectGarbage = () => {
      scheduler.log(() => `${process.name} KEEPS UP`)
      return engine.collectGarbage()
    }
    const upkeep = { lead: () => this.leads(), collectGarbage, compactWanted: () => engine.compactWanted() }
    return runUpkeep(upkeep, signal, onFailure, { clock: process })
  }

  /** @throws {Violation} if it is told to hold what it cannot hold */
  async leads(): Promise<boolean> {
    const { process, history, scheduler } = this.#parts
    const fromStep = scheduler.step
    const epoch = await this.#lease.tend()
    if (epoch !== undefined && process.isAlive) history.lease.believed(process.name, epoch, fromStep)
    return epoch !== undefined
  }

  get isAlive(): boolean {
    return this.#parts.process.isAlive
  }
}

import type { MonotonicMs } from '../../core/clock.ts'
import type { Chance } from './chance.ts'
import { SimProcess } from './process.ts'
import type { Scheduler } from './scheduler.ts'

/** How fast a monotonic clock may run: far beyond any real one, as no promise may depend on it. */
const RATES = [1, 1, 0.3, 3]

/** A long-running process whose monotonic clock may be slow or fast. */
export class NodeProcess extends SimProcess {
  readonly #rate: number

  constructor(name: string, scheduler: Scheduler, chance: Chance, onCrash: () => void) {
    super(name, scheduler, chance, onCrash)
    this.#rate = chance.oneOf(RATES)
  }

  override monotonic(): MonotonicMs {
    return super.monotonic() * this.#rate
  }

  /** One with a wrong rate says wrongly how old an answer is. */
  override get hasBeenFrozen(): boolean {
    return super.hasBeenFrozen || this.#rate !== 1
  }
}

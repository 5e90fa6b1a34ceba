import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { openEngine } from '../../core/engine/open-engine.ts'
import type { Random } from '../../core/random.ts'
import { meteredReading } from '../../core/reading/metered-reading.ts'
import { CachedObjectStore } from '../../core/storage/cached-object-store.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { FREE } from '../../core/storage/prices.ts'
import { RangeCache } from '../../core/storage/range-cache.ts'
import { FaultPlan, type FaultRates } from '../faults/fault-plan.ts'
import { FaultyCoordination } from '../faults/faulty-coordination.ts'
import { FaultyObjectStore } from '../faults/faulty-object-store.ts'
import { rarely } from '../faults/faulty-places.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { TurnClock } from '../shard/turn-clock.ts'

/** Fault rates of requests to the rows. */
export const FAULTS: { readonly [name: string]: FaultRates } = {
  none: {},
  'of all kinds': { fail_before: 0.05, throttle: 0.05, fail_after: 0.1, repeat: 0.1 },
  'lost replies': { fail_after: 0.3 },
  'repeated requests': { repeat: 0.4 },
}

export const SEEDS = process.env.PRISM_SEED
  ? [Number(process.env.PRISM_SEED)]
  : Array.from({ length: Number(process.env.PRISM_SEEDS ?? 3) }, (_, i) => i + 1)

export type EnginesWorld = {
  /** Each is like a separate process, with its own caches, schemas and heads. All of their requests may fail. */
  readonly engines: readonly Engine[]
  /** An engine without faults, for set-up and checks. */
  readonly calm: Engine
  readonly random: Random
}

/** Opens several engines over one store and one table. The same seed gives the same run. */
export function openEngines(seed: number, rates: FaultRates, count: number): EnginesWorld {
  const clock = new TurnClock()
  const store = new MemoryObjectStore(clock)
  const coordination = new MemoryCoordination()
  const open = (number: number, faults: { rows: FaultRates; objects: FaultRates; delayTurnsMax: number }) => {
    const plan = (rates: FaultRates, salt: number) =>
      new FaultPlan({
        random: seededRandom(seed * 1000 + number * 10 + salt),
        rates,
        delayTurnsMax: faults.delayTurnsMax,
      })
    const cached = new CachedObjectStore(
      new FaultyObjectStore(store, plan(faults.objects, 1)),
      new RangeCache(16 * 1024 * 1024),
      (key) => key.includes('/seg/'),
    )
    return openEngine(
      {
        store: cached,
        coordination: new FaultyCoordination(coordination, plan(faults.rows, 2)),
        clock,
        random: seededRandom(seed * 1000 + number * 10 + 3),
        beginReading: () => meteredReading(cached, FREE),
      },
      { workerCount: 0 },
    )
  }
  return {
    engines: Array.from({ length: count }, (_, i) =>
      open(i + 1, { rows: rates, objects: rarely(rates), delayTurnsMax: 3 }),
    ),
    calm: open(0, { rows: {}, objects: {}, delayTurnsMax: 0 }),
    random: seededRandom(seed),
  }
}

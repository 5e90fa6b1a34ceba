import type { Coordination } from '../../core/coordination/coordination.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import { type FaultOptions, FaultPlan, type FaultRates } from './fault-plan.ts'
import { FaultyCoordination } from './faulty-coordination.ts'
import { FaultyObjectStore } from './faulty-object-store.ts'

type Places = { readonly store: ObjectStore; readonly coordination: Coordination }

/** Both places, whose requests meet faults. The rates are those of rows, where replies matter; objects have {@link rarely} those. */
export function faultyPlaces({ store, coordination }: Places, options: FaultOptions) {
  return {
    store: new FaultyObjectStore(store, new FaultPlan({ ...options, rates: rarely(options.rates) })),
    coordination: new FaultyCoordination(coordination, new FaultPlan(options)),
  }
}

/** A tenth of the rates: a write makes so many requests for objects that else hardly one would get as far as the rows. */
export function rarely(rates: FaultRates): FaultRates {
  return Object.fromEntries(Object.entries(rates).map(([fault, rate]) => [fault, rate / 10]))
}

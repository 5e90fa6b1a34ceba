import type { Coordination } from '../../core/coordination/coordination.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import { type FaultOptions, FaultPlan, type FaultRates } from './fault-plan.ts'
import { FaultyCoordination } from './faulty-coordination.ts'
import { FaultyObjectStore } from './faulty-object-store.ts'

type Places = { readonly store: ObjectStore; readonly coordination: Coordination }

/** A store and rows with faults. The rates are those of the rows, where replies matter; requests for objects use {@link rarely}. */
export function faultyPlaces({ store, coordination }: Places, options: FaultOptions) {
  return {
    store: new FaultyObjectStore(store, new FaultPlan({ ...options, rates: rarely(options.rates) })),
    coordination: new FaultyCoordination(coordination, new FaultPlan(options)),
  }
}

/** A tenth of the rates. A write makes so many requests for objects that otherwise hardly any would reach the rows. */
export function rarely(rates: FaultRates): FaultRates {
  return Object.fromEntries(Object.entries(rates).map(([fault, rate]) => [fault, rate / 10]))
}

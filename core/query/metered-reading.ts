import type { CachedObjectStore } from '../storage/cached-object-store.ts'
import { Meter } from '../storage/meter.ts'
import type { Prices } from '../storage/prices.ts'
import type { Reading } from './search-context.ts'

/** Begins a request whose reads are counted at list prices. Make one per request. */
export function meteredReading(store: CachedObjectStore, prices: Prices): Reading {
  const meter = new Meter(prices)
  return {
    store: store.metered(meter),
    headsRead: (count) => meter.rowsRead(count),
    delegated: (call) => meter.delegate(call),
    cost: () => meter.report(),
  }
}

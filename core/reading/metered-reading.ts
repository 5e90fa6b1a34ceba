import type { Clock } from '../clock.ts'
import type { CachedObjectStore } from '../storage/cached-object-store.ts'
import { Meter } from '../storage/meter.ts'
import type { FunctionPrices, Prices } from '../storage/prices.ts'
import type { Reading } from './read-context.ts'

/** The function that a request runs in, if computing time is billed. */
export type Computing = { readonly clock: Clock; readonly memoryMb: number; readonly prices: FunctionPrices }

/**
 * Begins a request and counts its cost at list prices: its reads and, if computing time is billed, the invocation and
 * the function's memory over the duration of the request. Call this once per request.
 */
export function meteredReading(store: CachedObjectStore, prices: Prices, computing?: Computing): Reading {
  const meter = new Meter(prices)
  const startedMs = computing?.clock.monotonic() ?? 0
  return {
    store: store.metered(meter),
    headsRead: (count) => meter.rowsRead(count),
    delegated: (call) => meter.delegate(call),
    cost: () => {
      const report = meter.report()
      return computing === undefined ? report : { ...report, usd: report.usd + usdOf(computing, startedMs) }
    },
  }
}

function usdOf({ clock, memoryMb, prices }: Computing, startedMs: number): number {
  const seconds = (clock.monotonic() - startedMs) / 1000
  return prices.invocation + seconds * (memoryMb / 1024) * prices.gigabyteSecond
}

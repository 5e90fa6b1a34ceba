import type { Clock } from '../clock.ts'
import type { CachedObjectStore } from '../storage/cached-object-store.ts'
import { Meter } from '../storage/meter.ts'
import type { FunctionPrices, Prices } from '../storage/prices.ts'
import type { Reading } from './read-context.ts'

/** The function that a request runs in, where computing is paid by the request. */
export type Computing = { readonly clock: Clock; readonly memoryMb: number; readonly prices: FunctionPrices }

/**
 * Begins a request whose reads are counted at list prices, and its computing too
 * where that is billed: the invocation, and its memory for as long as the request has taken. Make one per request.
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

import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { type EngineSettings, openEngine } from '../../core/engine/open-engine.ts'
import type { Reading } from '../../core/query/search-context.ts'
import { CachedObjectStore } from '../../core/storage/cached-object-store.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { Meter } from '../../core/storage/meter.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import { FREE } from '../../core/storage/prices.ts'
import { RangeCache } from '../../core/storage/range-cache.ts'
import { systemClock } from '../../core/system-clock.ts'
import { systemRandom } from '../../core/system-random.ts'

/** The engine without a disk and without threads, over a store that a test may have prepared. */
export function openMemoryEngine(
  settings: EngineSettings & { readonly store?: ObjectStore; readonly coordination?: MemoryCoordination } = {},
): Engine {
  const {
    store: base = new MemoryObjectStore(systemClock),
    coordination = new MemoryCoordination(),
    ...rest
  } = settings
  const store = new CachedObjectStore(base, new RangeCache(64 * 1024 * 1024), (key) => key.includes('/seg/'))
  const beginReading = (): Reading => {
    const meter = new Meter(FREE)
    return { store: store.metered(meter), headsRead: (count) => meter.rowsRead(count), cost: () => meter.report() }
  }
  return openEngine(
    { store, coordination, clock: systemClock, random: systemRandom, beginReading },
    { workerCount: 0, ...rest },
  )
}

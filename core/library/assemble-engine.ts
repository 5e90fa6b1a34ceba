import type { Coordination } from '../coordination/coordination.ts'
import type { Engine } from '../engine/engine.ts'
import { type EngineSettings, openEngine } from '../engine/open-engine.ts'
import { meteredReading } from '../query/metered-reading.ts'
import type { StoreDescription } from '../shard/shards.ts'
import { CachedObjectStore } from '../storage/cached-object-store.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { Prices } from '../storage/prices.ts'
import { RangeCache, type SecondLevel } from '../storage/range-cache.ts'
import type { Uploads } from '../storage/uploads.ts'
import { systemClock } from '../system-clock.ts'
import { systemRandom } from '../system-random.ts'

/** Memory for ranges of segments that were read, unless the opener says. */
export const CACHE_BYTES_DEFAULT = 256 * 1024 * 1024

/** The two places where data are, and what asking them costs. */
export type Places = {
  readonly store: ObjectStore
  readonly coordination: Coordination
  readonly prices: Prices
  /** How worker threads open the store for themselves. */
  readonly description?: StoreDescription
  /** How clients put large batches into the store themselves, if they can. */
  readonly uploads?: Uploads
  /** Where ranges go that memory has no room for. */
  readonly secondLevel?: SecondLevel
  /** Lets go of both places, once the engine is done with them. */
  readonly close: () => Promise<void>
}

export type AssemblySettings = EngineSettings & {
  /** Memory for ranges of segments; {@link CACHE_BYTES_DEFAULT} if not said. */
  readonly cacheBytes?: number
}

/** Puts an engine together over two places, with a cache between. Closing the engine closes them. */
export function assembleEngine(places: Places, { cacheBytes, ...settings }: AssemblySettings = {}): Engine {
  const cache = new RangeCache(cacheBytes ?? CACHE_BYTES_DEFAULT, places.secondLevel)
  const store = new CachedObjectStore(places.store, cache, isReadAgain)
  const engine = openEngine(
    {
      store,
      coordination: places.coordination,
      clock: systemClock,
      random: systemRandom,
      ...(places.uploads && { uploads: places.uploads }),
      ...(places.description && { storeDescription: places.description }),
      beginReading: () => meteredReading(store, places.prices),
    },
    settings,
  )
  return {
    ...engine,
    close: async () => {
      await engine.close()
      await places.close()
    },
  }
}

/** Segments and tombstones are read by every search; manifests are decoded once and kept as such. */
function isReadAgain(key: string): boolean {
  return key.includes('/seg/') || key.includes('/tombs/')
}

import type { CacheSize } from '../cache/cache-size.ts'
import type { Clock } from '../clock.ts'
import type { Coordination } from '../coordination/coordination.ts'
import type { Engine } from '../engine/engine.ts'
import { type EngineSettings, openEngine } from '../engine/open-engine.ts'
import type { Repair } from '../engine/repair.ts'
import type { LeafPool } from '../query/search/leaf.ts'
import { type Computing, meteredReading } from '../reading/metered-reading.ts'
import { DecodeAhead } from '../segment/read/decode-ahead.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { Prices } from '../storage/prices.ts'
import type { SecondLevel } from '../storage/range-cache.ts'
import type { Uploads } from '../storage/uploads.ts'
import { systemClock } from '../system-clock.ts'
import { systemRandom } from '../system-random.ts'
import type { StoreDescription } from '../threads/open-described-store.ts'
import { NO_LIMIT, type TimeLimit, withinLimit } from '../time-limit.ts'
import type { WriteRouting } from '../writing/write-routing.ts'
import { cacheSegments } from './cache-segments.ts'

/** The store and the coordination of a deployment, and the prices of their requests. */
export type Places = {
  readonly store: ObjectStore
  readonly coordination: Coordination
  readonly prices: Prices
  /** How worker threads open the store. */
  readonly description?: StoreDescription
  /** How clients upload large batches to the store, if they can reach it. */
  readonly uploads?: Uploads
  /** Caches ranges that do not fit into memory. */
  readonly secondLevel?: SecondLevel
  /** Resolves when both places have no background work left. */
  readonly settle?: () => Promise<void>
  /** Closes both places, after the engine has stopped using them. */
  readonly close: () => Promise<void>
}

/** Settings of an assembled engine. Every setting has a default. */
export type AssemblySettings = EngineSettings & {
  /** Bytes of memory for cached ranges of segments. Default: {@link CACHE_BYTES_DEFAULT}. */
  readonly cacheBytes?: number
}

/** Components for special processes: a Lambda function, whose invocations end, or a node of a cluster. */
export type ProcessComponents = {
  readonly clock?: Clock
  /** When all work must have ended. The store and the coordination use the same limit. */
  readonly timeLimit?: TimeLimit
  /** Leaves that can search some of the shards. */
  readonly leaves?: LeafPool
  /** Price of computing, if it is paid per request. */
  readonly computing?: Computing
  /** Without this, the engine neither scrubs nor rebuilds tables. */
  readonly repair?: Repair
  /** Called with each cache that the engine opens. */
  readonly registerCache?: (cache: CacheSize) => void
  /** Decides which process commits a write. Default: this one. */
  readonly routing?: WriteRouting
}

/** Resolves after all callbacks that are already queued. */
const whenIdle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Assembles an engine over a store and a coordination, with a cache in front of the store. Closing the engine closes both. */
export function assembleEngine(
  places: Places,
  { cacheBytes, ...settings }: AssemblySettings = {},
  {
    clock = systemClock,
    timeLimit = NO_LIMIT,
    leaves,
    computing,
    repair,
    routing,
    registerCache,
  }: ProcessComponents = {},
): Engine {
  const store = cacheSegments(places.store, cacheBytes, places.secondLevel)
  registerCache?.({
    name: 'ranges',
    help: 'Memory for ranges of files of segments, at most 256 MB unless the opener says otherwise',
    byteSize: () => store.cache.byteSize,
  })
  const engine = openEngine(
    {
      store,
      plainStore: places.store,
      coordination: places.coordination,
      clock,
      timeLimit,
      random: systemRandom,
      ...(places.uploads && { uploads: places.uploads }),
      ...(places.description && { storeDescription: places.description }),
      written: store,
      beginReading: () => meteredReading(store, places.prices, computing),
      registerCache,
      ...(leaves && { leaves }),
      ...(settings.backgroundCompaction && { decodeAhead: new DecodeAhead(clock, store, whenIdle) }),
      ...(repair && { repair }),
      ...(routing && { routing }),
    },
    settings,
  )
  return {
    ...engine,
    settle: async () => {
      await engine.settle()
      await withinLimit(
        timeLimit,
        () => 'settling',
        async () => places.settle?.(),
      ).catch(() => undefined)
    },
    close: async () => {
      await engine.close()
      await places.close()
    },
  }
}

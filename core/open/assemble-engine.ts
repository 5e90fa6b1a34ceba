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
  /** Resolves when nothing is under way there that nobody waits for. */
  readonly settle?: () => Promise<void>
  /** Lets go of both places, once the engine is done with them. */
  readonly close: () => Promise<void>
}

/** How an assembled engine behaves. Every setting has a default. */
export type AssemblySettings = EngineSettings & {
  /** Memory for ranges of segments; {@link CACHE_BYTES_DEFAULT} if not said. */
  readonly cacheBytes?: number
}

/** What an engine is given by its process, where that is not the machine's own: a function's invocations end, and it is frozen between them. */
export type ProcessComponents = {
  readonly clock?: Clock
  /** By when work must have ended. The two places heed the same one. */
  readonly timeLimit?: TimeLimit
  /** Who can search parts for it. */
  readonly leaves?: LeafPool
  /** Where computing is paid by the request, what it costs. */
  readonly computing?: Computing
  /** Without it the engine neither scrubs nor rebuilds tables. */
  readonly repair?: Repair
  /** Who commits what is written to it; without it the engine does. */
  readonly routing?: WriteRouting
}

/** Lets everything be done first that waits already. */
const whenIdle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Puts an engine together over two places, with a cache between. Closing the engine closes them. */
export function assembleEngine(
  places: Places,
  { cacheBytes, ...settings }: AssemblySettings = {},
  { clock = systemClock, timeLimit = NO_LIMIT, leaves, computing, repair, routing }: ProcessComponents = {},
): Engine {
  const store = cacheSegments(places.store, cacheBytes, places.secondLevel)
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

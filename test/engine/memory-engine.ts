import type { AnalyzerPool } from '../../core/analysis/analyzer-pool.ts'
import type { Clock } from '../../core/clock.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { type EngineSettings, openEngine } from '../../core/engine/open-engine.ts'
import { openLeaf } from '../../core/engine/open-leaf.ts'
import { repair } from '../../core/engine/repair.ts'
import type { Part } from '../../core/query/score/part.ts'
import { meteredReading } from '../../core/reading/metered-reading.ts'
import type { DecodeAhead } from '../../core/segment/read/decode-ahead.ts'
import { CachedObjectStore } from '../../core/storage/cached-object-store.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import { FREE } from '../../core/storage/prices.ts'
import { RangeCache, type SecondLevel } from '../../core/storage/range-cache.ts'
import { systemClock } from '../../core/system-clock.ts'
import { systemRandom } from '../../core/system-random.ts'
import { type LeafTransport, openLeafPool } from '../../core/transport/leaf-transport.ts'

const CACHE_BYTES = 64 * 1024 * 1024

/** An engine without a disk and without threads, over a store that the test may prepare. */
export function openMemoryEngine(
  settings: EngineSettings & {
    readonly store?: ObjectStore
    readonly coordination?: MemoryCoordination
    readonly leaves?: LeafTransport
    readonly secondLevel?: SecondLevel
    readonly decodeAhead?: DecodeAhead
    readonly parts?: readonly Part[]
    readonly clock?: Clock
    readonly analyzers?: AnalyzerPool
  } = {},
): Engine {
  const {
    store = new MemoryObjectStore(systemClock),
    coordination = new MemoryCoordination(),
    leaves,
    secondLevel,
    decodeAhead,
    clock = systemClock,
    parts,
    analyzers,
    ...rest
  } = settings
  const cached = cacheOver(store, secondLevel)
  return openEngine(
    {
      store: cached,
      plainStore: store,
      repair,
      coordination,
      clock,
      random: systemRandom,
      beginReading: () => meteredReading(cached, FREE),
      ...(leaves && { leaves: openLeafPool(leaves) }),
      ...(parts && { parts }),
      ...(analyzers && { analyzers }),
      ...(decodeAhead && { decodeAhead, written: cached }),
    },
    { workerCount: 0, ...rest },
  )
}

/** Leaves in this process. Every request and answer is encoded as bytes, and each leaf has its own caches. */
export function openMemoryLeaves(
  store: ObjectStore,
  size: number,
  parts: readonly Part[] = [],
  clock: Clock = systemClock,
): LeafTransport {
  const leaves = Array.from({ length: size }, () => {
    const cached = cacheOver(store)
    return openLeaf({ clock, beginReading: () => meteredReading(cached, FREE), parts })
  })
  return { size, send: (leaf, request, signal) => leaves[leaf]!(request, signal) }
}

function cacheOver(store: ObjectStore, secondLevel?: SecondLevel): CachedObjectStore {
  return new CachedObjectStore(store, new RangeCache(CACHE_BYTES, secondLevel), (key) => key.includes('/seg/'))
}

import { CachedObjectStore } from '../storage/cached-object-store.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { RangeCache, type SecondLevel } from '../storage/range-cache.ts'

/** Memory for ranges of segments that were read, unless the opener says. */
export const CACHE_BYTES_DEFAULT = 256 * 1024 * 1024

/** Puts a cache before a store, for what every search reads: segments and tombstones. Manifests are decoded once and kept as such. */
export function cacheSegments(
  store: ObjectStore,
  cacheBytes: number = CACHE_BYTES_DEFAULT,
  secondLevel?: SecondLevel,
): CachedObjectStore {
  const isReadAgain = (key: string): boolean => key.includes('/seg/') || key.includes('/tombs/')
  return new CachedObjectStore(store, new RangeCache(cacheBytes, secondLevel), isReadAgain)
}

import { CachedObjectStore } from '../storage/cached-object-store.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { RangeCache, type SecondLevel } from '../storage/range-cache.ts'

/** Bytes of memory for ranges of segments, unless a setting says otherwise. */
export const CACHE_BYTES_DEFAULT = 256 * 1024 * 1024

/** Caches what every search reads of a store: segments and tombstones. Manifests are not cached here, because they are kept decoded. */
export function cacheSegments(
  store: ObjectStore,
  cacheBytes: number = CACHE_BYTES_DEFAULT,
  secondLevel?: SecondLevel,
): CachedObjectStore {
  const isReadAgain = (key: string): boolean => key.includes('/seg/') || key.includes('/tombs/')
  return new CachedObjectStore(store, new RangeCache(cacheBytes, secondLevel), isReadAgain)
}

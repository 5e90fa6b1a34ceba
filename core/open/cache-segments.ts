import { CachedObjectStore } from '../storage/cached-object-store.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { RangeCache, type SecondLevel } from '../storage/range-cache.ts'

/** Default bytes of memory for cached ranges of segments. */
export const CACHE_BYTES_DEFAULT = 256 * 1024 * 1024

/** Caches the objects that every search reads: segments and tombstones. Manifests are cached decoded elsewhere. */
export function cacheSegments(
  store: ObjectStore,
  cacheBytes: number = CACHE_BYTES_DEFAULT,
  secondLevel?: SecondLevel,
): CachedObjectStore {
  const isReadAgain = (key: string): boolean => key.includes('/seg/') || key.includes('/tombs/')
  return new CachedObjectStore(store, new RangeCache(cacheBytes, secondLevel), isReadAgain)
}

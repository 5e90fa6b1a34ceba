import type { Meter } from './meter.ts'
import { meteredObjectStore } from './metered-object-store.ts'
import type { ByteRange, ListedObject, ObjectStore } from './object-store.ts'
import type { CacheObserver, RangeCache } from './range-cache.ts'
import type { WrittenObjects } from './written-objects.ts'

/**
 * An object store that reads some objects through a {@link RangeCache}. Make one per process, and one view of it per
 * operation with {@link metered}.
 *
 * Objects never change, so cached ranges never become stale; `delete` removes them. A caller that reads whole objects once,
 * such as compaction, should read `base`, so that the cache keeps the ranges that searches need.
 */
export class CachedObjectStore implements ObjectStore, WrittenObjects {
  readonly base: ObjectStore
  readonly cache: RangeCache
  readonly #keeps: (key: string) => boolean
  readonly #observer: CacheObserver | undefined

  /** @param keeps whether ranges of the object with a key are cached */
  constructor(base: ObjectStore, cache: RangeCache, keeps: (key: string) => boolean, observer?: CacheObserver) {
    this.base = base
    this.cache = cache
    this.#keeps = keeps
    this.#observer = observer
  }

  /** A view of this store that counts the requests of one operation with its meter. Costs two small objects. */
  metered(meter: Meter): ObjectStore {
    return new CachedObjectStore(meteredObjectStore(this.base, meter), this.cache, this.#keeps, meter)
  }

  get(key: string, range?: ByteRange): Promise<Uint8Array> {
    const found = this.cache.find(key, range, this.#observer)
    if (found !== undefined) return found
    if (!this.#keeps(key)) return this.base.get(key, range)
    return this.cache.get(key, range, () => this.base.get(key, range), this.#observer)
  }

  peek(key: string, range?: ByteRange): Uint8Array | undefined {
    return this.cache.peek(key, range, this.#observer)
  }

  getAgain(key: string, range?: ByteRange): Promise<Uint8Array> {
    this.cache.drop([key])
    return this.base.get(key, range)
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    await this.base.put(key, body)
    if (this.#keeps(key)) this.cache.learn(key, new Uint8Array(body))
  }

  /** Caches an object that is already stored, if such objects are cached at all. This saves its first reads. */
  learn(key: string, body: Uint8Array): void {
    if (this.#keeps(key)) this.cache.learn(key, body)
  }

  forget(keys: readonly string[]): void {
    this.cache.drop(keys)
  }

  putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    return this.base.putStream(key, chunks)
  }

  list(prefix: string, after?: string): AsyncIterable<ListedObject> {
    return this.base.list(prefix, after)
  }

  async delete(keys: readonly string[]): Promise<void> {
    await this.base.delete(keys)
    this.cache.drop(keys)
  }
}

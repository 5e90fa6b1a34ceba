import type { EpochMs } from '../clock.ts'

/** Byte positions in an object: `start` inclusive, `end` exclusive. */
export type ByteRange = { readonly start: number; readonly end: number }

export type ListedObject = { readonly key: string; readonly byteSize: number; readonly modifiedMs: EpochMs }

/** Maximum keys in one request to delete, as in S3. */
export const DELETE_KEYS_MAX = 1000

/**
 * The part of S3 that Prism relies on.
 *
 * A read sees every write that completed before the read began. There are no directories: `/` is an ordinary character of
 * a key. Conditional writes are not needed, because every key is unique and written once.
 */
export interface ObjectStore {
  /**
   * Reads an object, or the part of `range` that exists: fewer bytes if the object ends before `range.end`, and none if it
   * ends at or before `range.start`.
   *
   * The caller must not change the bytes, because a cache may return them again.
   *
   * @throws {NotFoundError} if there is no object with this key
   * @throws {UnavailableError} if the store's own retries fail
   */
  get(key: string, range?: ByteRange): Promise<Uint8Array>

  /** Returns the result of {@link get} if it is in memory. Only a cache has this method. */
  peek?(key: string, range?: ByteRange): Uint8Array | undefined

  /**
   * Repeats a {@link get} whose result failed its checksum: drops the object from all caches, reads past them, and keeps
   * nothing. Only a cache has this method.
   */
  getAgain?(key: string, range?: ByteRange): Promise<Uint8Array>

  /**
   * Writes an object atomically: a reader sees all of it or none of it. The object is durable once the call returns. The
   * same bytes may be written again under the same key.
   */
  put(key: string, body: Uint8Array): Promise<void>

  /**
   * Writes an object from chunks without holding it in memory, with the guarantees of `put`. If `chunks` throws, nothing is
   * stored.
   *
   * @returns the object's size in bytes
   */
  putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<number>

  /** Lists the objects whose keys begin with `prefix` and are above `after`, in ascending byte order of keys. */
  list(prefix: string, after?: string): AsyncIterable<ListedObject>

  /** Removes up to {@link DELETE_KEYS_MAX} objects. Missing objects are ignored. */
  delete(keys: readonly string[]): Promise<void>
}

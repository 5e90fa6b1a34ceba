import type { EpochMs } from '../clock.ts'

/** Byte positions in an object: `start` inclusive, `end` exclusive. */
export type ByteRange = { readonly start: number; readonly end: number }

export type ListedObject = { readonly key: string; readonly byteSize: number; readonly modifiedMs: EpochMs }

/** Keys in one request to delete: what S3 takes. */
export const DELETE_KEYS_MAX = 1000

/**
 * The part of S3 that Prism relies on, and no more.
 *
 * Reads see every write that completed before they began. Keys have no
 * directories: `/` is an ordinary character. No conditional write is needed,
 * because every key is unique and written once.
 */
export interface ObjectStore {
  /**
   * Reads an object, or the part of `range` that exists: fewer bytes where the
   * object ends before `range.end`, none where it ends at or before `range.start`.
   *
   * The caller must not change the bytes: a cache may hand them out again.
   *
   * @throws {NotFoundError} if `key` holds nothing
   * @throws {UnavailableError} once the store's own retries are spent
   */
  get(key: string, range?: ByteRange): Promise<Uint8Array>

  /** What {@link get} would answer, if it is in memory: only a cache has that. */
  peek?(key: string, range?: ByteRange): Uint8Array | undefined

  /**
   * Reads like {@link get} after what that answered failed its checksum: drops all that caches hold of the object,
   * reads past them, and keeps nothing. Only a cache has that.
   */
  getAgain?(key: string, range?: ByteRange): Promise<Uint8Array>

  /**
   * Writes an object whole: a reader sees all of it or none of it. When it
   * returns, the object is durable. The same key with the same bytes may be
   * written again.
   */
  put(key: string, body: Uint8Array): Promise<void>

  /**
   * Writes an object from chunks without holding it in memory, with the
   * guarantees of `put`. If `chunks` throws, nothing is stored.
   *
   * @returns the object's size in bytes
   */
  putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<number>

  /** Objects under `prefix` in ascending byte order of keys, each strictly after `after`. */
  list(prefix: string, after?: string): AsyncIterable<ListedObject>

  /** Removes objects, at most {@link DELETE_KEYS_MAX} at once. Removing what is not there is not an error. */
  delete(keys: readonly string[]): Promise<void>
}

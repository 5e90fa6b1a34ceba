import { CorruptDataError } from '../errors.ts'
import type { ByteRange, ObjectStore } from './object-store.ts'

/**
 * Reads bytes and decodes them. If they fail their checksum, drops them from every cache and reads them again, past all
 * caches. So a single bad read neither fails a request nor stays in a cache.
 *
 * @param decode verifies the bytes before it uses them, and throws CorruptDataError if they are damaged
 * @throws {CorruptDataError} if the second read returns damaged bytes too
 */
export async function readVerified<T>(
  store: ObjectStore,
  { key, range }: { readonly key: string; readonly range?: ByteRange },
  decode: (bytes: Uint8Array) => T | Promise<T>,
): Promise<T> {
  const bytes = await store.get(key, range)
  try {
    return await decode(bytes)
  } catch (error) {
    if (!(error instanceof CorruptDataError)) throw error
  }
  return decode(await readAgain(store, key, range))
}

/** Reads past all caches, and drops the object from them. */
export function readAgain(store: ObjectStore, key: string, range?: ByteRange): Promise<Uint8Array> {
  return store.getAgain?.(key, range) ?? store.get(key, range)
}

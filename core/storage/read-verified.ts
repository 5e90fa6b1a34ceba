import { CorruptDataError } from '../errors.ts'
import type { ByteRange, ObjectStore } from './object-store.ts'

/**
 * Reads bytes and decodes them. If they fail their checksum, drops them from every cache and reads them once more, past
 * all caches: one bad answer neither fails a request nor stays.
 *
 * @param decode verifies the bytes before it uses them; throws CorruptDataError for damaged ones
 * @throws {CorruptDataError} if the second answer is damaged too
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

/** Reads past all caches and drops what these hold of the object. */
export function readAgain(store: ObjectStore, key: string, range?: ByteRange): Promise<Uint8Array> {
  return store.getAgain?.(key, range) ?? store.get(key, range)
}

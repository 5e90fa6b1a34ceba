import { hashKey, type KeyHash } from '../../bytes/hash-key.ts'

/** Ids as segments look for them: bytes and hashes in the order of the ids, which ascends in UTF-8 bytes. */
export type EncodedIds = { readonly bytes: readonly Uint8Array[]; readonly hashes: readonly KeyHash[] }

/**
 * Encodes ids for every segment in which they are looked for.
 *
 * @param ids ascending in UTF-8 byte order
 */
export function encodeIds(ids: readonly string[]): EncodedIds {
  // From Buffer's pool, which is cheaper than a buffer for each.
  const bytes = ids.map((id) => Buffer.from(id))
  return { bytes, hashes: bytes.map((id) => hashKey(id)) }
}

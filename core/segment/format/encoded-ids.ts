import { hashKey, type KeyHash } from '../../bytes/hash-key.ts'

/** Ids in the form that segments look up: their UTF-8 bytes, ascending, and the hash of each. */
export type EncodedIds = { readonly bytes: readonly Uint8Array[]; readonly hashes: readonly KeyHash[] }

/**
 * Encodes ids once for lookups in any number of segments.
 *
 * @param ids ascending in UTF-8 byte order
 */
export function encodeIds(ids: readonly string[]): EncodedIds {
  // Buffer's pool is cheaper than an ArrayBuffer for each id.
  const bytes = ids.map((id) => Buffer.from(id))
  return { bytes, hashes: bytes.map((id) => hashKey(id)) }
}

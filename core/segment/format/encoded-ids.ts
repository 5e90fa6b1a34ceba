import { hashKey, type KeyHash } from './bloom-filter.ts'

/** Ids as segments look for them: bytes and hashes in the order of the ids. */
export type EncodedIds = { readonly bytes: readonly Uint8Array[]; readonly hashes: readonly KeyHash[] }

const encoded = new WeakMap<readonly string[], EncodedIds>()

/**
 * Encodes ids, once for each list: a writer looks for the same ids in every
 * segment of a shard. A list must not change afterwards.
 */
export function encodeIds(ids: readonly string[]): EncodedIds {
  const known = encoded.get(ids)
  if (known !== undefined) return known
  // From Buffer's pool, which is cheaper than a buffer for each.
  const bytes = ids.map((id) => Buffer.from(id))
  const made = { bytes, hashes: bytes.map((id) => hashKey(id)) }
  encoded.set(ids, made)
  return made
}

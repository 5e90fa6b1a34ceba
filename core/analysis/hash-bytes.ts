/** The constants of 32-bit FNV-1a. Loops that scan bytes anyway compute the hash inline. */
export const HASH_SEED = 0x811c9dc5
export const HASH_PRIME = 0x01000193

export function hashBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = HASH_SEED
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, HASH_PRIME)
  return finishHash(hash)
}

/** Mixes the high bits into the low bits, which select the slot in a hash table. */
export function finishHash(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (mixed ^ (mixed >>> 13)) >>> 0
}

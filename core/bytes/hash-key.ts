/** Two independent 32-bit hashes of a key. */
export type KeyHash = { readonly first: number; readonly second: number }

/** Hashes the bytes of a key. Part of the file format: must never change within a format version. */
export function hashKey(bytes: Uint8Array, length = bytes.length): KeyHash {
  let first = 0x811c_9dc5
  let second = 0x9e37_79b9
  for (let i = 0; i < length; i++) {
    const byte = bytes[i]!
    first = Math.imul(first ^ byte, 0x0100_0193)
    second = Math.imul(second, 0x85eb_ca6b) ^ Math.imul(byte + 1, 0xc2b2_ae35)
    second = (second << 13) | (second >>> 19)
  }
  return { first: mixHash(first ^ length), second: mixHash(second + length) }
}

/** The finaliser of MurmurHash3 (Austin Appleby, public domain): every input bit affects every output bit. */
export function mixHash(value: number): number {
  let h = value
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35)
  return (h ^ (h >>> 16)) >>> 0
}

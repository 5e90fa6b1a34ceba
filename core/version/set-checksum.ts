/** Bytes of a document's hash, and of a checksum. */
export const CHECKSUM_BYTES = 16

/**
 * Adds two checksums. The checksum of a set is the sum of its members' hashes modulo 2^128,
 * little-endian: it does not depend on their order, and members can be subtracted again.
 */
export function addChecksums(a: Uint8Array, b: Uint8Array): Uint8Array {
  const sum = new Uint8Array(CHECKSUM_BYTES)
  let carry = 0
  for (let i = 0; i < CHECKSUM_BYTES; i++) {
    carry += a[i]! + b[i]!
    sum[i] = carry & 0xff
    carry >>= 8
  }
  return sum
}

/** Subtracts the checksum of some members from that of their set. */
export function subtractChecksums(a: Uint8Array, b: Uint8Array): Uint8Array {
  const difference = new Uint8Array(CHECKSUM_BYTES)
  let borrow = 0
  for (let i = 0; i < CHECKSUM_BYTES; i++) {
    const value = a[i]! - b[i]! - borrow
    borrow = value < 0 ? 1 : 0
    difference[i] = value & 0xff
  }
  return difference
}

/** Sum of several checksums; all zeros for none. */
export function sumChecksums(checksums: Iterable<Uint8Array>): Uint8Array {
  let sum: Uint8Array = new Uint8Array(CHECKSUM_BYTES)
  for (const checksum of checksums) sum = addChecksums(sum, checksum)
  return sum
}

export function equalChecksums(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}

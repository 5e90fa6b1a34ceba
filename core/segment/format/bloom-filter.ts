import type { KeyHash } from '../../bytes/hash-key.ts'

/**
 * A Bloom filter in pages: all bits of a key lie in one page, so that asking for
 * one key reads one page. About 10 bits a key and 7 probes: one key in a hundred
 * that is not there seems to be.
 */

/** Bytes of a page, without its checksum, once there are enough keys for more than one. */
const PAGE_BYTES = 4_092
const BITS_PER_KEY = 10
const PROBES = 7

export type BloomShape = { readonly pageCount: number; readonly pageBytes: number }

/** The pages that a filter for `keyCount` keys has. */
export function bloomShape(keyCount: number): BloomShape {
  const bytes = Math.max(1, Math.ceil((keyCount * BITS_PER_KEY) / 8))
  if (bytes <= PAGE_BYTES) return { pageCount: 1, pageBytes: bytes }
  return { pageCount: Math.ceil(bytes / PAGE_BYTES), pageBytes: PAGE_BYTES }
}

export function pageOf(hash: KeyHash, shape: BloomShape): number {
  return Math.floor((hash.first / 2 ** 32) * shape.pageCount)
}

/** Adds a key to its page. */
export function addToPage(page: Uint8Array, hash: KeyHash): void {
  const bits = page.length * 8
  const step = probeStep(hash)
  let at = hash.second
  for (let i = 0; i < PROBES; i++) {
    const bit = at % bits
    page[bit >>> 3]! |= 1 << (bit & 7)
    at = (at + step) >>> 0
  }
}

/** False: the key was never added to this page. */
export function mayContain(page: Uint8Array, hash: KeyHash): boolean {
  const bits = page.length * 8
  const step = probeStep(hash)
  let at = hash.second
  for (let i = 0; i < PROBES; i++) {
    const bit = at % bits
    if ((page[bit >>> 3]! & (1 << (bit & 7))) === 0) return false
    at = (at + step) >>> 0
  }
  return true
}

/** The low half of `first` is independent of the page, which the high half chose. */
function probeStep({ first, second }: KeyHash): number {
  return (Math.imul(first, 0x9e37_79b1) ^ (second >>> 15) ^ 1) >>> 0
}

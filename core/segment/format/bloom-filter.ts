import type { KeyHash } from '../../bytes/hash-key.ts'

/**
 * A Bloom filter in pages. All bits of a key are in one page, so that a lookup
 * reads one page. With about 10 bits and 7 probes per key, about 1 % of absent
 * keys are reported as possibly present.
 */

/** Bytes of a page without its checksum, if the filter has more than one page. */
const PAGE_BYTES = 4_092
const BITS_PER_KEY = 10
const PROBES = 7

export type BloomShape = { readonly pageCount: number; readonly pageBytes: number }

/** Number and size of the pages of a filter for `keyCount` keys. */
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

/** Returns false only if the key was never added to this page. */
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

/** The low half of `first` is independent of the choice of page, which depends on the high half. */
function probeStep({ first, second }: KeyHash): number {
  return (Math.imul(first, 0x9e37_79b1) ^ (second >>> 15) ^ 1) >>> 0
}

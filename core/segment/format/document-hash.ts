import { hash } from 'node:crypto'

/** Bytes of a document's hash, and of a sum of hashes. */
export const HASH_BYTES = 16

/**
 * Hashes documents: the first 16 bytes of SHA-256 over id, a zero byte, and the
 * document's JSON. Copies them into a reused buffer first, because hashing one run of
 * bytes in one call is three times as fast as an incremental hash.
 */
export class DocumentHasher {
  #scratch = Buffer.alloc(64 * 1024)

  /** Writes the hash to `out[at, at + HASH_BYTES)`. */
  hashInto(document: { readonly id: string; readonly json: Uint8Array }, out: Uint8Array, at: number): void {
    const { id, json } = document
    const needed = id.length * 3 + 1 + json.length
    if (needed > this.#scratch.length) this.#scratch = Buffer.alloc(needed * 2)
    const scratch = this.#scratch
    const idBytes = scratch.write(id, 'utf8')
    scratch[idBytes] = 0
    scratch.set(json, idBytes + 1)
    // The digest is a string because a new Buffer costs twice as much.
    const digest = hash('sha256', scratch.subarray(0, idBytes + 1 + json.length), 'binary')
    for (let i = 0; i < HASH_BYTES; i++) out[at + i] = digest.charCodeAt(i)
  }
}

/** Adds hashes that follow one another in `hashes`, modulo 2^128. Hashes and sum are little-endian. */
export function sumHashes(hashes: Uint8Array): Uint8Array {
  const words = new DataView(hashes.buffer, hashes.byteOffset, hashes.byteLength)
  // A double holds the sum of 2^21 words of 32 bits exactly, so carries can wait for 2^20 hashes.
  const sums = new Float64Array(4)
  for (let at = 0, pending = 0; at < hashes.length; at += HASH_BYTES) {
    for (let w = 0; w < 4; w++) sums[w]! += words.getUint32(at + 4 * w, true)
    if (++pending === 0x10_0000) {
      settleCarries(sums)
      pending = 0
    }
  }
  settleCarries(sums)
  const sum = new Uint8Array(HASH_BYTES)
  const view = new DataView(sum.buffer)
  for (let w = 0; w < 4; w++) view.setUint32(4 * w, sums[w]!, true)
  return sum
}

function settleCarries(sums: Float64Array): void {
  for (let w = 0; w < 4; w++) {
    const carry = Math.floor(sums[w]! / 2 ** 32)
    sums[w]! -= carry * 2 ** 32
    if (w < 3) sums[w + 1]! += carry
  }
}

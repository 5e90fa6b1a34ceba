import { encodeUtf8 } from '../utf8.ts'

/**
 * The shard of a document id: MurmurHash3 (x86, 32 bits, seed 0) of its UTF-8
 * bytes, modulo the number of shards.
 *
 * The function must never change, because documents are looked up in the shard where they were written. Test vectors check that.
 */
export function shardOfId(id: string, shardCount: number): number {
  return shardCount === 1 ? 0 : murmur3(encodeUtf8(id)) % shardCount
}

/**
 * MurmurHash3_x86_32 with seed 0, as an unsigned integer.
 *
 * @see https://github.com/aappleby/smhasher, MurmurHash3.cpp (public domain)
 */
export function murmur3(bytes: Uint8Array): number {
  const blocksEnd = bytes.length & ~3
  let hash = 0
  for (let i = 0; i < blocksEnd; i += 4) {
    const block = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    hash = Math.imul(rotateLeft(hash ^ scramble(block), 13), 5) + 0xe6546b64
  }
  let tail = 0
  for (let i = bytes.length - 1; i >= blocksEnd; i--) tail = (tail << 8) | bytes[i]!
  if (blocksEnd < bytes.length) hash ^= scramble(tail)
  return finish(hash ^ bytes.length)
}

function scramble(block: number): number {
  return Math.imul(rotateLeft(Math.imul(block, 0xcc9e2d51), 15), 0x1b873593)
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

function finish(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

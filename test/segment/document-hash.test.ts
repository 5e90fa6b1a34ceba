import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DocumentHasher, HASH_BYTES, sumHashes } from '../../core/segment/format/document-hash.ts'

test('a hash is the SHA-256 of id, zero byte and JSON, cut to 16 bytes', () => {
  const hasher = new DocumentHasher()
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 600 }), fc.uint8Array({ maxLength: 200 }), (id, json) => {
      const out = new Uint8Array(HASH_BYTES + 3)
      hasher.hashInto({ id, json }, out, 3)
      const expected = createHash('sha256').update(id).update('\0').update(json).digest().subarray(0, HASH_BYTES)
      expect(Buffer.from(out.subarray(3))).toEqual(expected)
    }),
  )
})

test('a sum of hashes is the sum of whole numbers modulo 2^128', () => {
  const hash = fc.uint8Array({ minLength: HASH_BYTES, maxLength: HASH_BYTES })
  fc.assert(
    fc.property(fc.array(hash), (hashes) => {
      const expected = hashes.reduce((sum, bytes) => BigInt.asUintN(128, sum + numberOf(bytes)), 0n)
      expect(numberOf(sumHashes(Buffer.concat(hashes)))).toBe(expected)
    }),
  )
})

function numberOf(bytes: Uint8Array): bigint {
  return bytes.reduceRight((number, byte) => number * 256n + BigInt(byte), 0n)
}

import { expect, test } from 'vitest'
import { hashKey } from '../../core/bytes/hash-key.ts'
import { addToPage, bloomShape, mayContain, pageOf } from '../../core/segment/format/bloom-filter.ts'
import { encodeUtf8 } from '../../core/utf8.ts'

test.each([1, 100, 3_273, 50_000])('a filter of %i keys reports all of them, and few others', (count) => {
  const shape = bloomShape(count)
  const pages = Array.from({ length: shape.pageCount }, () => new Uint8Array(shape.pageBytes))
  const hashOf = (key: string) => hashKey(encodeUtf8(key))
  const has = (key: string) => mayContain(pages[pageOf(hashOf(key), shape)]!, hashOf(key))
  for (let i = 0; i < count; i++) addToPage(pages[pageOf(hashOf(`doc-${i}`), shape)]!, hashOf(`doc-${i}`))

  let found = 0
  let wrong = 0
  for (let i = 0; i < count; i++) if (has(`doc-${i}`)) found++
  for (let i = 0; i < 10_000; i++) if (has(`doc-${count + i}`)) wrong++
  expect(found).toBe(count)
  expect(wrong).toBeLessThan(count === 1 ? 1_000 : 200)
})

test('hashes of keys stay the same: they are part of the file format', () => {
  expect(hashKey(encodeUtf8('prism'))).toEqual(HASH_OF_PRISM)
})

const HASH_OF_PRISM = { first: 1_067_095_271, second: 1_913_632_073 }

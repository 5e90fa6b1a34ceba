import { expect, test } from 'vitest'
import { encodeUtf8 } from '../../core/utf8.ts'
import { murmur3, shardOfId } from '../../core/version/routing.ts'

test('the hash of an id is MurmurHash3 with seed 0', () => {
  // Known results of the reference implementation.
  const known: [string, number][] = [
    ['', 0],
    ['test', 0xba6bd213],
    ['Hello, world!', 0xc0363e43],
    ['The quick brown fox jumps over the lazy dog', 0x2e4ff723],
  ]

  for (const [text, hash] of known) expect(murmur3(encodeUtf8(text)), text).toBe(hash)
})

test('ids stay in their shards for ever', () => {
  const ids = ['1', '2', 'doc-17', 'a/b', 'čaj', '😀', 'x'.repeat(512)]

  expect(ids.map((id) => shardOfId(id, 16))).toEqual([3, 7, 12, 7, 1, 10, 8])
  expect(ids.map((id) => shardOfId(id, 1))).toEqual(ids.map(() => 0))
})

test('ids spread evenly over shards', () => {
  const counts = new Array<number>(16).fill(0)
  for (let i = 0; i < 16_000; i++) counts[shardOfId(`document ${i}`, 16)]!++

  expect(Math.min(...counts)).toBeGreaterThan(850)
  expect(Math.max(...counts)).toBeLessThan(1150)
})

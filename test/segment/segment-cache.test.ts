import { expect, test } from 'vitest'
import { NotFoundError } from '../../core/errors.ts'
import { segmentKey } from '../../core/segment/read/open-segment.ts'
import { SegmentCache } from '../../core/segment/read/segment-cache.ts'
import { build, loadAnalyzers, manyDocuments, memoryStore } from './generate-documents.ts'

const analyzers = await loadAnalyzers()
const { bytes, file } = build(manyDocuments(3), analyzers)

test('a segment is read once for all who ask, at once or later', async () => {
  const store = memoryStore()
  await store.put(segmentKey('p/', file), bytes)
  const cache = new SegmentCache()
  const [first, second] = await Promise.all([cache.open(store, 'p/', file), cache.open(store, 'p/', file)])
  expect(second).toBe(first)
  expect(await cache.open(store, 'p/', file)).toBe(first)
})

test('a failure is not remembered', async () => {
  const store = memoryStore()
  const cache = new SegmentCache()
  await expect(cache.open(store, 'p/', file)).rejects.toThrow(NotFoundError)
  expect(cache.size).toBe(0)
  await store.put(segmentKey('p/', file), bytes)
  expect((await cache.open(store, 'p/', file)).docCount).toBe(3)
})

test('the segments used longest ago are closed first', async () => {
  const store = memoryStore()
  for (const prefix of ['a/', 'b/', 'c/']) await store.put(segmentKey(prefix, file), bytes)
  const cache = new SegmentCache({ bytesMax: 2 * (bytes.length + 5_000) })
  const a = await cache.open(store, 'a/', file)
  const b = await cache.open(store, 'b/', file)
  expect(await cache.open(store, 'a/', file)).toBe(a)
  await cache.open(store, 'c/', file)
  expect(cache.size).toBe(2)
  expect(await cache.open(store, 'a/', file)).toBe(a)
  expect(await cache.open(store, 'b/', file)).not.toBe(b)
})

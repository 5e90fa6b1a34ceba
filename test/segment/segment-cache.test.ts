import { expect, test } from 'vitest'
import { NotFoundError } from '../../core/errors.ts'
import { carryOut } from '../../core/segment/format/read-plan.ts'
import type { SegmentEntry, SegmentFile, TombstonesRef } from '../../core/segment/format/segment-entry.ts'
import { encodeTombstones } from '../../core/segment/format/tombstones.ts'
import { segmentKey } from '../../core/segment/read/open-segment.ts'
import { SegmentCache } from '../../core/segment/read/segment-cache.ts'
import { build, loadAnalyzers, manyDocuments, memoryStore } from './generate-documents.ts'

const analyzers = await loadAnalyzers()
const { bytes, file } = build(manyDocuments(3), analyzers)

test('a segment is read once for all callers, simultaneous or later', async () => {
  const store = memoryStore()
  await store.put(segmentKey('p/', file), bytes)
  const cache = new SegmentCache()
  const [first, second] = await Promise.all([cache.open(store, 'p/', file), cache.open(store, 'p/', file)])
  expect(second).toBe(first)
  expect(await cache.open(store, 'p/', file)).toBe(first)
})

test('a failure is not cached', async () => {
  const store = memoryStore()
  const cache = new SegmentCache()
  await expect(cache.open(store, 'p/', file)).rejects.toThrow(NotFoundError)
  expect(cache.size).toBe(0)
  await store.put(segmentKey('p/', file), bytes)
  expect((await cache.open(store, 'p/', file)).docCount).toBe(3)
})

test('the least recently used segments are closed first', async () => {
  const store = memoryStore()
  for (const prefix of ['a/', 'b/', 'c/']) await store.put(segmentKey(prefix, file), bytes)
  const cache = new SegmentCache({ bytesMax: 2 * (bytes.length + 25_000) })
  const a = await cache.open(store, 'a/', file)
  const b = await cache.open(store, 'b/', file)
  expect(await cache.open(store, 'a/', file)).toBe(a)
  await cache.open(store, 'c/', file)
  expect(cache.size).toBe(2)
  expect(await cache.open(store, 'a/', file)).toBe(a)
  expect(await cache.open(store, 'b/', file)).not.toBe(b)
})

test('forgotten objects leave the cache, with their decoded units', async () => {
  const store = memoryStore()
  const cache = new SegmentCache()
  const { bytes: tombstones, parts } = encodeTombstones([Uint32Array.of(1), Uint32Array.of(2)])
  for (const prefix of ['a/', 'b/']) await store.put(segmentKey(prefix, file), bytes)
  await store.put('a/tombs/1-x', tombstones)
  const entries = parts.map((part) => entryOf(file, { ...part, object: 'tombs/1-x' }))
  const before = cache.units.byteSize
  for (const entry of entries) expect((await carryOut(store, cache.deletions('a/', entry)))!.live).toHaveLength(1)
  const withDeletions = cache.units.byteSize
  expect(withDeletions).toBeGreaterThan(before)
  for (const prefix of ['a/', 'b/']) {
    const reader = await cache.open(store, prefix, file)
    await carryOut(store, reader.ids.read([0, 2]))
  }
  expect(cache.units.byteSize).toBeGreaterThan(withDeletions)

  cache.forget([segmentKey('a/', file), 'a/tombs/1-x', 'a/unknown'])
  expect([cache.isOpen('a/', file), cache.isOpen('b/', file)]).toEqual([false, true])
  cache.forget([segmentKey('b/', file)])
  expect(cache.units.byteSize).toBe(before)
})

function entryOf(of: SegmentFile, tombstones: TombstonesRef): SegmentEntry {
  return { ...of, deletedCount: 1, tombstones, liveFieldTotals: [], liveChecksum: of.checksum }
}

import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { openEngine } from '../../core/engine/open-engine.ts'
import { meteredReading } from '../../core/reading/metered-reading.ts'
import { CachedObjectStore } from '../../core/storage/cached-object-store.ts'
import { DiskCache } from '../../core/storage/disk/disk-cache.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import type { ByteRange, ObjectStore } from '../../core/storage/object-store.ts'
import { FREE } from '../../core/storage/prices.ts'
import { RangeCache } from '../../core/storage/range-cache.ts'
import { systemClock } from '../../core/system-clock.ts'
import { systemRandom } from '../../core/system-random.ts'
import { temporaryFolder } from '../temporary-folder.ts'

test('objects that another process replaced leave the caches, and objects that are still named stay', async () => {
  const { open, store } = await setUp()
  const reader = await open()
  const writer = await open()
  for (let batch = 0; batch < 3; batch++) {
    await writer.engine.writeDocuments('books', documents(batch * 200, 200))
    await ask(reader.engine)
  }
  await writer.engine.deleteDocuments('books', { ids: ['d5'] })
  await ask(reader.engine)
  await reader.disk.settle()
  const cached = reader.held()
  expect(cached.length).toBeGreaterThan(3)

  await writer.engine.compact('books')
  await ask(reader.engine)
  await reader.disk.settle()

  const segments: string[] = []
  for await (const { key } of store.list('c/')) if (key.includes('/seg/')) segments.push(key)
  const newest = segments.at(-1)!
  expect(cached.some(({ key }) => key === newest)).toBe(false)
  for (const { key, range } of cached) {
    expect(reader.cached.peek(key, range), key).toBeUndefined()
    expect(await reader.disk.find(key, range), key).toBeUndefined()
  }
  const kept = reader.held().filter(({ key }) => key === newest)
  expect(kept.length).toBeGreaterThan(0)
  expect(kept.some(({ key, range }) => reader.cached.peek(key, range) !== undefined)).toBe(true)

  await Promise.all([reader.engine.close(), writer.engine.close()])
  await Promise.all([reader.disk.close(), writer.disk.close()])
})

test('after a hundred replacements of a collection, only live data are in memory', async () => {
  const { open } = await setUp()
  const { engine, cached, disk } = await open()
  const sizes: number[] = []
  for (let round = 0; round < 100; round++) {
    await engine.writeDocuments('books', documents(0, 20))
    await ask(engine)
    if (round % 10 === 9) await engine.compact('books')
    if (round % 10 === 9) sizes.push(cached.cache.byteSize)
  }
  expect(sizes.at(-1)).toBeLessThan(2 * sizes[0]!)

  await engine.deleteCollection('books')
  await engine.settle()
  expect(cached.cache.byteSize).toBe(0)
  await engine.close()
  await disk.close()
})

async function setUp() {
  const store = new MemoryObjectStore(systemClock)
  const coordination = new MemoryCoordination()
  const open = async () => {
    const disk = new DiskCache({ folder: await temporaryFolder(), bytesMax: 100_000_000 })
    const asked: { readonly key: string; readonly range: ByteRange | undefined }[] = []
    const base: ObjectStore = {
      get: (key, range) => {
        asked.push({ key, range })
        return store.get(key, range)
      },
      put: (key, body) => store.put(key, body),
      putStream: (key, chunks) => store.putStream(key, chunks),
      list: (prefix, after) => store.list(prefix, after),
      delete: (keys) => store.delete(keys),
    }
    const keeps = (key: string) => key.includes('/seg/') || key.includes('/tombs/')
    const cached = new CachedObjectStore(base, new RangeCache(64_000_000, disk), keeps)
    const engine = openEngine(
      {
        store: cached,
        coordination,
        clock: systemClock,
        random: systemRandom,
        written: cached,
        beginReading: () => meteredReading(cached, FREE),
      },
      { workerCount: 0 },
    )
    return { engine, cached, disk, held: () => asked.filter(({ key }) => keeps(key)) }
  }
  return { store, open }
}

async function ask(engine: Engine): Promise<void> {
  const { hits } = await engine.search('books', { query: 'whale', consistency: 'strong' })
  if (hits.length === 0) throw new Error('nothing was found')
}

function documents(from: number, count: number) {
  return Array.from({ length: count }, (_, i) => ({ id: `d${from + i}`, body: `whale number ${from + i}` }))
}

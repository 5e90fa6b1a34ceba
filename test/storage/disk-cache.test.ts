import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { DiskCache } from '../../core/storage/disk/disk-cache.ts'
import { RangeCache } from '../../core/storage/range-cache.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const range = (start: number, end: number) => ({ start, end })

test('a process finds the ranges that an earlier process cached', async () => {
  const folder = await temporaryFolder()
  const before = openCache(folder)
  before.offer('seg/1', range(5, 8), new Uint8Array([1, 2, 3]))
  before.offer('seg/1', undefined, new Uint8Array([9]))
  await before.settle()

  const after = openCache(folder)

  expect(await after.find('seg/1', range(5, 8))).toEqual(new Uint8Array([1, 2, 3]))
  expect(await after.find('seg/1', undefined)).toEqual(new Uint8Array([9]))
  expect(await after.find('seg/1', range(5, 9))).toBeUndefined()
  expect(await after.find('seg/2', range(5, 8))).toBeUndefined()
  expect((await after.find('seg/1', range(5, 8)))!.byteOffset).toBe(0)
})

test('a range with a changed or missing byte in either file counts as absent', async () => {
  const folder = await temporaryFolder()
  const cache = openCache(folder)
  cache.offer(
    'k',
    range(0, 20),
    Uint8Array.from({ length: 20 }, (_, i) => i),
  )
  await cache.settle()

  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const whole = await readFile(path)
    for (let i = 0; i < whole.length; i++) {
      const flipped = Buffer.from(whole)
      flipped[i] = flipped[i]! ^ (1 << (i % 8))
      for (const damaged of [flipped, whole.subarray(0, i)]) {
        await writeFile(path, damaged)
        const reopened = openCache(folder)
        expect(await reopened.find('k', range(0, 20)), `${name}, byte ${i}`).toBeUndefined()
        await reopened.close()
      }
    }
    await writeFile(path, whole)
  }
  expect(await openCache(folder).find('k', range(0, 20))).toBeDefined()
})

test('a damaged range is removed and can be cached again', async () => {
  const folder = await temporaryFolder()
  const cache = openCache(folder)
  cache.offer('k', range(0, 2), new Uint8Array([1, 2]))
  await cache.settle()
  for (const name of await readdir(folder)) await writeFile(join(folder, name), 'nonsense')

  expect(await cache.find('k', range(0, 2))).toBeUndefined()
  cache.offer('k', range(0, 2), new Uint8Array([1, 2]))
  await cache.settle()

  expect(await cache.find('k', range(0, 2))).toEqual(new Uint8Array([1, 2]))
  expect(await openCache(folder).find('k', range(0, 2))).toEqual(new Uint8Array([1, 2]))
})

test('the bound holds, and recently used ranges stay', async () => {
  const folder = await temporaryFolder()
  const cache = openCache(folder, 10_000)
  for (let i = 0; i < 9; i++) cache.offer(`k${i}`, range(0, 1_000), new Uint8Array(1_000))
  await cache.settle()
  await cache.find('k0', range(0, 1_000))

  for (let i = 9; i < 15; i++) cache.offer(`k${i}`, range(0, 1_000), new Uint8Array(1_000))
  await cache.settle()

  expect(cache.byteSize).toBeLessThanOrEqual(10_000)
  expect(await cache.find('k0', range(0, 1_000))).toBeDefined()
  expect(await cache.find('k1', range(0, 1_000))).toBeUndefined()
  expect(await cache.find('k14', range(0, 1_000))).toBeDefined()
})

test('used ranges stay through any number of rounds, and unused ranges are removed', async () => {
  const folder = await temporaryFolder()
  const cache = openCache(folder, 40_000)
  cache.offer('used', undefined, new Uint8Array(1_000).fill(7))
  cache.offer('unused', undefined, new Uint8Array(1_000))

  for (let i = 0; i < 400; i++) {
    cache.offer(`k${i}`, undefined, new Uint8Array(1_000))
    await cache.settle()
    if (i % 10 === 0) expect(await cache.find('used', undefined)).toEqual(new Uint8Array(1_000).fill(7))
  }

  expect(await cache.find('unused', undefined)).toBeUndefined()
  expect(cache.byteSize).toBeLessThanOrEqual(40_000)
  expect(await diskBytes(folder)).toBe(cache.byteSize)
})

test('room is made even if every range is used, and at most twice as many bytes are written', async () => {
  const folder = await temporaryFolder()
  const cache = openCache(folder, 40_000)
  for (let i = 0; i < 400; i++) {
    cache.offer(`k${i}`, undefined, new Uint8Array(1_000))
    await cache.settle()
    expect(await cache.find(`k${i}`, undefined)).toBeDefined()
    expect(await diskBytes(folder)).toBeLessThanOrEqual(40_000)
  }

  // Packs hold four of these, and are numbered as they are begun.
  expect(Math.max(...(await readdir(folder)).map((name) => parseInt(name, 10)))).toBeLessThanOrEqual(200)
})

test('the number of ranges is bounded too, because each takes memory', async () => {
  const cache = openCache(await temporaryFolder(), 1_000_000, 100)

  for (let i = 0; i < 250; i++) cache.offer(`k${i}`, undefined, new Uint8Array(1))
  await cache.settle()

  const found = await Promise.all(Array.from({ length: 250 }, (_, i) => cache.find(`k${i}`, undefined)))
  const kept = found.flatMap((bytes, i) => (bytes === undefined ? [] : i))
  expect(kept.length).toBeGreaterThan(80)
  expect(kept.length).toBeLessThanOrEqual(100)
  expect(kept[0]).toBe(250 - kept.length)
})

test('the order and the bound survive a restart', async () => {
  const folder = await temporaryFolder()
  const before = openCache(folder, 10_000)
  for (let i = 0; i < 8; i++) before.offer(`k${i}`, range(0, 1_000), new Uint8Array(1_000))
  await before.settle()

  const after = openCache(folder, 3_500)
  await after.settle()

  expect(after.byteSize).toBeLessThanOrEqual(3_500)
  for (const gone of [0, 1, 2, 3, 4]) expect(await after.find(`k${gone}`, range(0, 1_000))).toBeUndefined()
  for (const kept of [5, 6, 7]) expect(await after.find(`k${kept}`, range(0, 1_000))).toBeDefined()
})

test('a process continues in the newest file of the process before it', async () => {
  const folder = await temporaryFolder()
  for (let i = 0; i < 20; i++) {
    const cache = openCache(folder)
    cache.offer(`k${i}`, undefined, new Uint8Array([i]))
    await cache.close()
  }

  expect(await readdir(folder)).toHaveLength(2)
  const after = openCache(folder)
  for (let i = 0; i < 20; i++) expect(await after.find(`k${i}`, undefined)).toEqual(new Uint8Array([i]))
})

test('an incomplete pack of a killed process is removed, and unrelated files stay', async () => {
  const folder = await temporaryFolder()
  for (const name of ['7.pack', '9.log', '.profile', 'notes.pack', '7.pack.old'])
    await writeFile(join(folder, name), 'x')

  const cache = openCache(folder)
  await cache.settle()

  expect((await readdir(folder)).sort()).toEqual(['.profile', '7.pack.old', 'notes.pack'])
})

test('two processes in one folder find only ranges that they wrote', async () => {
  const folder = await temporaryFolder()
  const caches = [openCache(folder, 60_000), openCache(folder, 60_000)]
  const expected = (key: string) => Buffer.alloc(500, key)
  let found = 0

  for (let i = 0; i < 300; i++) {
    const writer = caches[i % 2]!
    writer.offer(`k${i}`, undefined, expected(`k${i}`))
    await writer.settle()
    for (const cache of caches) {
      const key = `k${Math.max(0, i - (i % 7))}`
      const bytes = await cache.find(key, undefined)
      if (bytes === undefined) continue
      found++
      expect(Buffer.compare(bytes, expected(key))).toBe(0)
    }
  }
  expect(found).toBeGreaterThan(100)
})

test('an unusable folder costs only speed', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'file'), 'x')
  const cache = new RangeCache(0, openCache(join(folder, 'file')))

  const bytes = await cache.get('k', undefined, async () => new Uint8Array([7]))

  expect(bytes).toEqual(new Uint8Array([7]))
})

test('dropping an object drops all its ranges', async () => {
  const folder = await temporaryFolder()
  const cache = openCache(folder)
  cache.offer('k', range(0, 2), new Uint8Array([1, 2]))
  cache.offer('k', range(2, 3), new Uint8Array([3]))
  cache.offer('other', range(2, 3), new Uint8Array([3]))
  await cache.settle()

  cache.drop(['k'])

  expect(await cache.find('k', range(0, 2))).toBeUndefined()
  expect(await cache.find('k', range(2, 3))).toBeUndefined()
  expect(await cache.find('other', range(2, 3))).toBeDefined()
})

test('ranges dropped before a restart stay dropped, and ranges added after the drop are found', async () => {
  const folder = await temporaryFolder()
  const cache = openCache(folder)
  for (const key of ['a', 'b']) cache.offer(key, undefined, new Uint8Array([1]))
  await cache.settle()
  cache.offer('a', range(0, 1), new Uint8Array([2]))
  cache.drop(['a', 'b', 'unknown'])
  cache.offer('b', undefined, new Uint8Array([3]))
  await cache.settle()

  for (const opened of [cache, openCache(folder)]) {
    expect(await opened.find('a', undefined)).toBeUndefined()
    expect(await opened.find('a', range(0, 1))).toBeUndefined()
    expect(await opened.find('b', undefined)).toEqual(new Uint8Array([3]))
  }
})

test('a range dropped while the folder is loaded is not found afterwards', async () => {
  const folder = await temporaryFolder()
  const before = openCache(folder)
  for (const key of ['a', 'b']) before.offer(key, undefined, new Uint8Array([1]))
  await before.close()

  const cache = openCache(folder)
  cache.drop(['a'])

  expect(await cache.find('a', undefined)).toBeUndefined()
  expect(await cache.find('b', undefined)).toBeDefined()
  await cache.settle()
  expect(await openCache(folder).find('a', undefined)).toBeUndefined()
})

test('a range dropped while it is written is not kept', async () => {
  for (let turns = 0; turns < 12; turns++) {
    const folder = await temporaryFolder()
    const cache = openCache(folder)
    await cache.settle()
    cache.offer('k', undefined, new Uint8Array(100_000))
    for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve))
    cache.drop(['k'])
    await cache.settle()

    expect(await cache.find('k', undefined), `after ${turns} turns`).toBeUndefined()
    expect(await openCache(folder).find('k', undefined), `after ${turns} turns and a restart`).toBeUndefined()
  }
})

test('a range evicted from memory is found on disk, without a request', async () => {
  const folder = await temporaryFolder()
  const disk = openCache(folder)
  const cache = new RangeCache(0, disk)
  let loads = 0
  const load = async () => {
    loads++
    return new Uint8Array([1])
  }

  await cache.get('k', range(0, 1), load)
  await disk.settle()
  const hits: number[] = []
  const observer = {
    hit: (byteSize: number) => hits.push(byteSize),
    follow: <T>(request: () => Promise<T>) => request(),
  }
  await cache.get('k', range(0, 1), load, observer)

  expect(loads).toBe(1)
  expect(hits).toEqual([1])
})

function openCache(folder: string, bytesMax = 1_000_000, rangesMax = 1_000_000): DiskCache {
  const cache = new DiskCache({ folder, bytesMax, rangesMax })
  onTestFinished(() => cache.close())
  return cache
}

async function diskBytes(folder: string): Promise<number> {
  const sizes = await Promise.all((await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DiskCache } from '../../core/storage/disk-cache.ts'
import { RangeCache } from '../../core/storage/range-cache.ts'
import { systemRandom } from '../../core/system-random.ts'
import { ManualClock } from '../faults/manual-clock.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const range = (start: number, end: number) => ({ start, end })

test('what one process cached the next finds', async () => {
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

test('a file with any byte changed, or cut anywhere, is not there', async () => {
  const folder = await temporaryFolder()
  const cache = openCache(folder)
  cache.offer(
    'k',
    range(0, 20),
    Uint8Array.from({ length: 20 }, (_, i) => i),
  )
  await cache.settle()
  const directory = join(folder, (await readdir(folder))[0]!)
  const whole = await readFile(join(directory, '0-20'))

  for (let i = 0; i < whole.length; i++) {
    const flipped = Buffer.from(whole)
    flipped[i] = flipped[i]! ^ (1 << (i % 8))
    for (const damaged of [flipped, whole.subarray(0, i)]) {
      await mkdir(directory, { recursive: true })
      await writeFile(join(directory, '0-20'), damaged)
      const reopened = openCache(folder)
      await reopened.settle()
      expect(await reopened.find('k', range(0, 20))).toBeUndefined()
    }
  }
})

test('a damaged file goes and its place can be taken again', async () => {
  const folder = await temporaryFolder()
  const cache = openCache(folder)
  cache.offer('k', range(0, 2), new Uint8Array([1, 2]))
  await cache.settle()
  await writeFile(join(folder, (await readdir(folder))[0]!, '0-2'), 'nonsense')

  expect(await cache.find('k', range(0, 2))).toBeUndefined()
  cache.offer('k', range(0, 2), new Uint8Array([1, 2]))
  await cache.settle()

  expect(await cache.find('k', range(0, 2))).toEqual(new Uint8Array([1, 2]))
})

test('the bound holds, and what was used last stays', async () => {
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

test('the order of use and the bound survive a restart', async () => {
  const folder = await temporaryFolder()
  const clock = new ManualClock()
  const before = openCache(folder, 10_000, clock)
  for (let i = 0; i < 8; i++) before.offer(`k${i}`, range(0, 1_000), new Uint8Array(1_000))
  await before.settle()
  for (const used of [3, 4, 0, 1, 2, 7, 5, 6]) {
    await clock.advance(1_000)
    await before.find(`k${used}`, range(0, 1_000))
  }
  await new Promise((resolve) => setTimeout(resolve, 50))

  const after = openCache(folder, 3_500, clock)
  await after.settle()

  expect(after.byteSize).toBeLessThanOrEqual(3_500)
  for (const gone of [3, 4, 0, 1, 2]) expect(await after.find(`k${gone}`, range(0, 1_000))).toBeUndefined()
  for (const kept of [5, 6, 7]) expect(await after.find(`k${kept}`, range(0, 1_000))).toBeDefined()
})

test('files that a killed process was writing are removed', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, '.halfwritten'), 'x')

  const cache = openCache(folder)
  await cache.settle()

  expect(await readdir(folder)).toEqual([])
})

test('a folder that cannot be used costs nothing but speed', async () => {
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

  cache.drop('k')

  expect(await cache.find('k', range(0, 2))).toBeUndefined()
  expect(await cache.find('k', range(2, 3))).toBeUndefined()
  expect(await cache.find('other', range(2, 3))).toBeDefined()
})

test('memory that was let go is found on disk, without a request', async () => {
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

function openCache(folder: string, bytesMax = 1_000_000, clock = new ManualClock()): DiskCache {
  return new DiskCache({ folder, bytesMax, clock, random: systemRandom })
}

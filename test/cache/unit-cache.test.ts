import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Shelf, UnitCache } from '../../core/cache/unit-cache.ts'

/** The memory of a unit in addition to its value. */
const OVERHEAD = 120

test('a unit is found by its key on its shelf only, until its file is released', () => {
  const cache = new UnitCache(10_000)
  const file = cache.openFile()
  const blocks = file.shelf<number, string>()
  const lists = file.shelf<string, string>()
  const others = cache.openFile().shelf<number, string>()
  blocks.set(1, 'block', 10)
  lists.set('1', 'list', 20)
  others.set(1, 'other', 30)

  expect([blocks.get(1), lists.get('1'), others.get(1), blocks.get(2)]).toEqual(['block', 'list', 'other', undefined])
  expect(cache.byteSize).toBe(60 + 3 * OVERHEAD)
  file.release()
  expect([blocks.get(1), lists.get('1'), others.get(1)]).toEqual([undefined, undefined, 'other'])
  expect(cache.byteSize).toBe(30 + OVERHEAD)
})

test('a used unit outlives unused ones', () => {
  const cache = new UnitCache(3 * (100 + OVERHEAD))
  const shelf = cache.openFile().shelf<number, string>()
  for (const key of [1, 2, 3]) shelf.set(key, `unit ${key}`, 100)
  shelf.get(1)
  shelf.set(4, 'unit 4', 100)
  shelf.set(5, 'unit 5', 100)

  expect([1, 2, 3, 4, 5].map((key) => shelf.get(key) !== undefined)).toEqual([true, false, false, true, true])
})

test('after any operations, memory stays within its bound and each unit has its latest value', () => {
  const step = fc.record({
    what: fc.constantFrom('get', 'set', 'set', 'release'),
    file: fc.nat(3),
    key: fc.nat(9),
    byteSize: fc.nat(400),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 0, max: 3_000 }), (steps, bytesMax) => {
      const cache = new UnitCache(bytesMax)
      const files = Array.from({ length: 4 }, () => cache.openFile())
      const shelves = files.map((file): Shelf<number, number> => file.shelf())
      const last = new Map<string, { value: number; byteSize: number }>()
      for (const [value, { what, file, key, byteSize }] of steps.entries()) {
        if (what === 'set') {
          shelves[file]!.set(key, value, byteSize)
          last.set(`${file} ${key}`, { value, byteSize })
        } else if (what === 'release') {
          files[file]!.release()
          for (const one of last.keys()) if (one.startsWith(`${file} `)) last.delete(one)
        } else {
          const found = shelves[file]!.get(key)
          if (found !== undefined) expect(found).toBe(last.get(`${file} ${key}`)?.value)
        }
        expect(cache.byteSize).toBeLessThanOrEqual(bytesMax)
      }
      let held = 0
      for (const [name, { byteSize }] of last) {
        const [file, key] = name.split(' ').map(Number)
        if (shelves[file!]!.get(key!) !== undefined) held += byteSize + OVERHEAD
      }
      expect(cache.byteSize).toBe(held)
    }),
    { seed: 13, numRuns: 300 },
  )
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RangeIndex, type RangeName, type RangePlace } from '../../core/storage/disk/range-index.ts'

/** Few low bits, so that names meet in slots next to each other, around the end of the table too. */
const names = fc.record({
  object: fc.nat(5),
  low: fc.constantFrom(0, 1, 2, 1022, 1023, 0xffff_fffe, 0xffff_ffff),
  high: fc.constantFrom(0, 7, 0xffff_ffff),
})
const actions = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('set' as const), name: names, pack: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.oneof(
      fc.record({ do: fc.constant('use' as const), name: names }),
      fc.record({ do: fc.constant('remove' as const), name: names }),
    ),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('removePack' as const), pack: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('removeObjects' as const), objects: fc.uniqueArray(fc.nat(5)) }),
  },
)

type Known = { readonly name: RangeName; readonly place: RangePlace; isUsed: boolean }

test('an index knows what a map knows, whatever was set, used and removed', () => {
  fc.assert(
    fc.property(fc.array(actions, { maxLength: 200 }), (list) => {
      const index = new RangeIndex()
      const model = new Map<string, Known>()
      for (const [i, action] of list.entries()) {
        if (action.do === 'set') {
          const place = { pack: action.pack, offset: i, byteSize: 2 * i, checksum: 0xffff_ffff - i }
          index.set(action.name, place)
          model.set(keyOf(action.name), { name: action.name, place, isUsed: false })
        } else if (action.do === 'use') {
          const known = model.get(keyOf(action.name))
          if (known) known.isUsed = true
          expect(index.use(action.name)).toBe(known !== undefined)
        } else if (action.do === 'remove') {
          index.remove(action.name)
          model.delete(keyOf(action.name))
        } else if (action.do === 'removePack') {
          index.removePack(action.pack)
          removeFrom(model, ({ place }) => place.pack === action.pack)
        } else {
          const gone = removeFrom(model, ({ name }) => action.objects.includes(name.object))
          expect(index.removeObjects(new Set(action.objects))).toEqual(new Set(gone.map(({ name }) => name.object)))
        }
      }

      expect(index.size).toBe(model.size)
      for (const { name, place } of model.values()) expect(index.find(name)).toEqual(place)
      for (const pack of [1, 2, 3, 4]) {
        const used = [...model.values()].filter(({ place, isUsed }) => isUsed && place.pack === pack)
        expect(sorted(index.usedOf(pack))).toEqual(sorted(used.map(({ name }) => name)))
      }
    }),
    { numRuns: 500 },
  )
})

test('names come back after any growth, and removed ones leave room', () => {
  const index = new RangeIndex()
  const name = (i: number): RangeName => ({ object: i % 1000, low: Math.imul(i, 0x9e3779b1) >>> 0, high: i })
  const place = (i: number): RangePlace => ({ pack: 1 + (i >> 14), offset: i, byteSize: 1, checksum: i })

  for (let i = 0; i < 200_000; i++) index.set(name(i), place(i))
  for (let i = 0; i < 200_000; i++) if (index.find(name(i))?.offset !== i) throw new Error(`${i} is not there`)
  const fullBytes = index.byteSize
  expect(fullBytes / index.size).toBeLessThan(77.4)

  for (let round = 1; round <= 10; round++) {
    for (let pack = 1; pack <= 13; pack++) index.removePack(pack)
    expect(index.size).toBe(0)
    for (let i = 0; i < 200_000; i++) index.set(name(i), place(i))
  }
  expect(index.size).toBe(200_000)
  expect(index.byteSize).toBeLessThanOrEqual(fullBytes)
})

function removeFrom(model: Map<string, Known>, isGone: (known: Known) => boolean): Known[] {
  const gone = [...model.values()].filter(isGone)
  for (const { name } of gone) model.delete(keyOf(name))
  return gone
}

/** Names are 64 bits; the object follows from them. */
function keyOf({ low, high }: RangeName): string {
  return `${low} ${high}`
}

function sorted(names: readonly RangeName[]): RangeName[] {
  return [...names].sort((a, b) => a.low - b.low || a.high - b.high)
}

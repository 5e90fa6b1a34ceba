import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CorruptDataError } from '../../core/errors.ts'
import {
  encodePending,
  PENDING_ENTRY_BYTES_MAX,
  PENDING_MAX,
  pickSlot,
  readPending,
  slotName,
} from '../../core/version/pending.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { anyEntry, anyFile } from './any-pending.ts'

test('entries are read back from their slots in the order in which they take effect', () => {
  const seeds = fc.nat(2 ** 31 - 1)
  fc.assert(
    fc.property(seeds, fc.uniqueArray(fc.nat(PENDING_MAX - 1), { maxLength: 20 }), (seed, slots) => {
      const entries = slots.map((slot) => anyEntry(seed + slot, slot))
      const row = Object.fromEntries(entries.map((entry) => [slotName(entry.slot), encodePending(entry)]))

      const { pending, unknownCount } = readPending({ ...row, pending: [], version: 5 }, 'head')

      expect(unknownCount).toBe(0)
      expect(pending).toEqual(entries.sort((a, b) => a.base - b.base || a.slot - b.slot))
    }),
  )
})

test('damaged and shortened entries are refused', () => {
  const bytes = encodePending(anyEntry(7, 3))

  for (let at = 0; at < bytes.length; at++) {
    const damaged = bytes.slice()
    damaged[at]! ^= 1 + (at % 255)
    for (const wrong of [damaged, bytes.slice(0, at)]) {
      expect(() => readPending({ [slotName(3)]: wrong }, 'the head'), `byte ${at}`).toThrow(CorruptDataError)
    }
  }
})

test('an entry with other documents than its segment is refused', () => {
  const entry = { ...anyEntry(1, 0), ids: ['a', 'b'], isPut: [true, false] }
  const file = { ...anyFile(1), docCount: 2 }

  expect(() => readPending({ [slotName(0)]: encodePending({ ...entry, file }) }, 'head of books')).toThrow(
    /pending0 in the head of books holds 1 ids for 2 documents/,
  )
})

test('an entry of one document takes about 150 bytes, and a full row stays below the limit of DynamoDB', () => {
  const file = { ...anyFile(1), docCount: 1, files: [], shared: [], ranges: [] }
  const entry = { ...anyEntry(1, 0), ids: ['0190b3f2-7c1e-7a55-9d3b-2f6d1c8e4a10'], isPut: [true] }

  expect(encodePending({ ...entry, file }).length).toBeLessThan(165)
  expect(PENDING_MAX * (PENDING_ENTRY_BYTES_MAX + slotName(PENDING_MAX).length)).toBeLessThan(400_000 / 2)
})

test('a picked slot is free, every free slot is picked sometimes, and none is picked if all are taken', () => {
  const random = seededRandom(5)
  const taken = Array.from({ length: PENDING_MAX }, (_, slot) => anyEntry(slot, slot)).filter(
    ({ slot }) => slot % 16 > 0,
  )

  const picked = new Set(Array.from({ length: 200 }, () => pickSlot(taken, random)))

  expect([...picked].sort((a, b) => a! - b!)).toEqual([0, 16, 32, 48, 64, 80, 96, 112])
  const all = Array.from({ length: PENDING_MAX }, (_, slot) => anyEntry(slot, slot))
  expect(pickSlot(all, random)).toBeUndefined()
})

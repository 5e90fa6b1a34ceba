import fc from 'fast-check'
import { RoaringBitmap32 } from 'roaring-wasm'
import { expect, test } from 'vitest'
import { CorruptDataError } from '../../core/errors.ts'
import { decodeRoaring, encodeRoaring } from '../../core/postings/roaring-bitmap.ts'

const LENGTH = 300_000

/** Members in runs, scattered and dense, so a set has containers of every kind. */
const pieces = fc.array(
  fc.record({
    start: fc.nat(LENGTH - 1),
    count: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 70_000 })),
    step: fc.constantFrom(1, 1, 2, 3, 64),
  }),
  { maxLength: 12 },
)

function membersOf(drawn: readonly { start: number; count: number; step: number }[]): number[] {
  const members = new Set<number>()
  for (const { start, count, step } of drawn) {
    for (let i = 0; i < count && start + i * step < LENGTH; i++) members.add(start + i * step)
  }
  return [...members].sort((a, b) => a - b)
}

function setOf(members: readonly number[]): Uint32Array {
  const set = new Uint32Array(Math.ceil(LENGTH / 32))
  for (const member of members) set[member >>> 5]! |= 1 << (member & 31)
  return set
}

test('CRoaring and Prism read each other’s bitmaps', () => {
  fc.assert(
    fc.property(pieces, fc.boolean(), (drawn, optimized) => {
      const members = membersOf(drawn)
      const ours = encodeRoaring(setOf(members))
      const theirs = new RoaringBitmap32(members)
      if (optimized) theirs.optimize()
      const written = new Uint8Array(theirs.serialize('portable'))
      theirs.dispose()
      const readByThem = RoaringBitmap32.deserialize(ours, 'portable')

      expectSame(readByThem.toUint32Array(), Uint32Array.from(members))
      expectSame(decodeRoaring(written, LENGTH, 'test'), setOf(members))
      expectSame(decodeRoaring(ours, LENGTH, 'test'), setOf(members))
      // Both choose the same kinds of containers; only heads may differ.
      expect(ours.length).toBeLessThanOrEqual(written.length + 8 + 4 * 5)
      readByThem.dispose()
    }),
    { numRuns: 60 },
  )
})

test('bytes that end early are corrupt at every length', () => {
  for (const members of [[1, 5, 70_000], Array.from({ length: 9_000 }, (_, i) => i * 7), [...Array(500).keys()]]) {
    const bytes = encodeRoaring(setOf(members))
    const step = Math.max(1, Math.floor(bytes.length / 200))
    for (let end = 0; end < bytes.length; end += step) {
      expect(() => decodeRoaring(bytes.subarray(0, end), LENGTH, 'test')).toThrow(CorruptDataError)
    }
  }
})

test('a member beyond the length and an unknown cookie are corrupt', () => {
  expect(() => decodeRoaring(encodeRoaring(setOf([LENGTH - 1])), LENGTH - 1, 'test')).toThrow(/name document 299999/)
  expect(() => decodeRoaring(new Uint8Array(8), LENGTH, 'test')).toThrow(/begin with 0/)
})

test('the largest member of a container ends a run', () => {
  const members = Array.from({ length: 131_072 }, (_, i) => i)

  const bytes = encodeRoaring(setOf(members))

  expect(bytes.length).toBeLessThan(40)
  expect(decodeRoaring(bytes, LENGTH, 'test')).toEqual(setOf(members))
})

function expectSame(a: Uint32Array, b: Uint32Array): void {
  expect(Buffer.compare(Buffer.from(a.buffer, a.byteOffset, a.byteLength), Buffer.from(b.buffer))).toBe(0)
}

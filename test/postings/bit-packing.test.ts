import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  BLOCK_SIZE,
  bitWidth,
  compileUnpack,
  compileUnpackDeltas,
  pack,
  packedWords,
  UNPACK,
  UNPACK_DELTAS,
  unpackSome,
  unpackSomeDeltas,
  WIDTH_MAX,
} from '../../core/bytes/bit-packing.ts'

const WIDTHS = Array.from({ length: WIDTH_MAX + 1 }, (_, width) => width)

const block = fc.integer({ min: 0, max: WIDTH_MAX }).chain((width) =>
  fc.record({
    width: fc.constant(width),
    values: fc.array(fc.integer({ min: 0, max: 2 ** width - 1 }), { minLength: BLOCK_SIZE, maxLength: BLOCK_SIZE }),
    at: fc.nat(5),
  }),
)

describe('packed integers', () => {
  test('are unpacked equally by generated code and by the loop', () => {
    fc.assert(
      fc.property(block, fc.constantFrom(0, 1, 77), ({ width, values, at }, add) => {
        const words = packed(values, width, at)
        const expected = Uint32Array.from(values, (value) => value + add)
        const readers = [compileUnpack(width, true), compileUnpack(width, false), UNPACK[width]!]

        for (const unpack of readers) {
          const out = new Uint32Array(BLOCK_SIZE)
          unpack(words, at, out, add)
          expect(out).toEqual(expected)
        }
      }),
    )
  })

  test('are unpacked equally as sums by generated code and by the loop', () => {
    fc.assert(
      fc.property(block, fc.integer({ min: -1, max: 1000 }), ({ width, values, at }, base) => {
        const words = packed(values, width, at)
        const expected = sums(values, base)
        const readers = [compileUnpackDeltas(width, true), compileUnpackDeltas(width, false), UNPACK_DELTAS[width]!]

        for (const unpack of readers) {
          const out = new Uint32Array(BLOCK_SIZE)
          unpack(words, at, out, base)
          expect(out).toEqual(expected)
        }
      }),
    )
  })

  test('of less than a block take only the words that their bits need', () => {
    fc.assert(
      fc.property(block, fc.integer({ min: 1, max: BLOCK_SIZE }), ({ width, values }, count) => {
        const some = values.slice(0, count)
        const words = new Uint32Array(packedWords(count, width))
        const end = pack(Uint32Array.from(some), count, width, words, 0)
        const out = new Uint32Array(BLOCK_SIZE)

        expect(end).toBe(Math.ceil((count * width) / 32))
        unpackSome(words, 0, out, { width, count, add: 3 })
        expect(out.slice(0, count)).toEqual(Uint32Array.from(some, (value) => value + 3))
        unpackSomeDeltas(words, 0, out, { width, count, base: -1 })
        expect(out.slice(0, count)).toEqual(sums(some, -1))
      }),
    )
  })

  test('hold the largest number of each width', () => {
    for (const width of WIDTHS) {
      const values = Array.from({ length: BLOCK_SIZE }, (_, i) => (i % 2 === 0 ? 2 ** width - 1 : 0))
      const out = new Uint32Array(BLOCK_SIZE)
      UNPACK[width]!(packed(values, width, 0), 0, out, 0)

      expect(Array.from(out)).toEqual(values)
      expect(bitWidth(2 ** width - 1)).toBe(width)
    }
  })
})

/** Packs at word `at`, between words that are not zero. */
function packed(values: readonly number[], width: number, at: number): Uint32Array {
  const words = new Uint32Array(at + packedWords(values.length, width) + 1).fill(0xffff_ffff)
  expect(pack(Uint32Array.from(values), values.length, width, words, at)).toBe(words.length - 1)
  expect(words[words.length - 1]).toBe(0xffff_ffff)
  return words
}

function sums(values: readonly number[], base: number): Uint32Array {
  let sum = base
  return Uint32Array.from(values, (value) => {
    sum += value + 1
    return sum
  })
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { IMPACTS_MAX, ImpactFront } from '../../core/postings/impacts.ts'

type Pair = { freq: number; length: number }

const pair = fc.record({ freq: fc.integer({ min: 1, max: 30 }), length: fc.integer({ min: 1, max: 40 }) })
const block = fc.oneof(
  fc.array(pair, { minLength: 1, maxLength: 128 }),
  // Longer documents have the term more often, so nearly all are on the front.
  fc
    .array(fc.record({ freq: fc.nat(2), length: fc.nat(2) }), { minLength: 20, maxLength: 128 })
    .map((steps) => steps.map(({ freq, length }, i) => ({ freq: 1 + i + freq, length: 1 + 2 * i + length }))),
)

test('the front consists of the pairs that no other pair beats', () => {
  fc.assert(
    fc.property(block, (pairs) => {
      const best = pairs.filter((one) => !pairs.some((other) => beats(other, one)))
      const distinct = new Map(best.map((one) => [one.length, one]))

      expect(pairsOf(frontOf(pairs))).toEqual([...distinct.values()].sort((a, b) => a.length - b.length))
    }),
  )
})

test('a capped front still bounds every pair, exactly at both ends', () => {
  fc.assert(
    fc.property(block, (pairs) => {
      const front = frontOf(pairs)
      const whole = pairsOf(front)
      front.cap()
      const capped = pairsOf(front)

      expect(capped).toHaveLength(Math.min(whole.length, IMPACTS_MAX))
      for (const { freq, length } of pairs) {
        expect(capped.some((bound) => bound.freq >= freq && bound.length <= length)).toBe(true)
      }
      expect(capped[0]!.length).toBe(whole[0]!.length)
      expect(capped.at(-1)!.freq).toBe(whole.at(-1)!.freq)
    }),
  )
})

test('capping merges the closest neighbours', () => {
  const front = frontOf([
    ...Array.from({ length: IMPACTS_MAX - 1 }, (_, i) => ({ freq: 10 * 2 ** i, length: 10 * 2 ** i })),
    { freq: 41, length: 41 },
    { freq: 42, length: 60 },
  ])
  front.cap()

  const expected = Array.from({ length: IMPACTS_MAX - 1 }, (_, i) => ({ freq: 10 * 2 ** i, length: 10 * 2 ** i }))
  expected[2] = { freq: 41, length: 40 }
  expected.splice(3, 0, { freq: 42, length: 60 })
  expect(pairsOf(front)).toEqual(expected)
})

function beats(a: Pair, b: Pair): boolean {
  return a.freq >= b.freq && a.length <= b.length && (a.freq > b.freq || a.length < b.length)
}

function frontOf(pairs: readonly Pair[]): ImpactFront {
  const front = new ImpactFront()
  front.clear()
  for (const { freq, length } of pairs) front.add(freq, length)
  return front
}

function pairsOf(front: ImpactFront): Pair[] {
  return Array.from({ length: front.count }, (_, i) => ({ freq: front.freqs[i]!, length: front.lengths[i]! }))
}

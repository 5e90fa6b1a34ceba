import fc from 'fast-check'
import { expect, test } from 'vitest'
import { phraseFrequency } from '../../core/query/score/phrase-frequency.ts'

test('an exact phrase counts each of its occurrences', () => {
  expect(
    frequency(
      [
        [0, 7, 20],
        [1, 8, 30],
      ],
      0,
    ),
  ).toBe(2)
})

test('words in between add to the distance', () => {
  expect(frequency([[0], [3]], 2)).toBeCloseTo(1 / 3)
  expect(frequency([[0], [3]], 1)).toBe(0)
})

test('the sweep finds what trying every tuple finds', () => {
  const positions = fc.uniqueArray(fc.nat(20), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(fc.array(positions, { minLength: 2, maxLength: 3 }), fc.nat(5), (lists, slop) => {
      const sorted = lists.map((list) => list.sort((a, b) => a - b))
      expect(frequency(sorted, slop)).toBeCloseTo(naiveFrequency(sorted, slop), 9)
    }),
  )
})

/** Positions of term t are given as written; its place in the phrase is t. */
function frequency(lists: readonly (readonly number[])[], slop: number): number {
  const terms = lists.map((list, t) => {
    return { positions: Uint32Array.from(list, (p) => p + 10), start: 0, end: list.length, offset: t }
  })
  return phraseFrequency(terms, slop)
}

/** All ranges [low, high] over one place of each term that contain no smaller such range. */
function naiveFrequency(lists: readonly (readonly number[])[], slop: number): number {
  const places = lists.map((list, t) => list.map((p) => p - t))
  let tuples: number[][] = [[]]
  for (const list of places) tuples = tuples.flatMap((tuple) => list.map((place) => [...tuple, place]))
  const ranges = new Map(tuples.map((tuple) => [`${Math.min(...tuple)},${Math.max(...tuple)}`, tuple]))
  const all = Array.from(ranges.values(), (tuple) => ({ low: Math.min(...tuple), high: Math.max(...tuple) }))
  const minimal = all.filter(
    (range) => !all.some((other) => other !== range && other.low >= range.low && other.high <= range.high),
  )
  return minimal
    .filter(({ low, high }) => high - low <= slop)
    .reduce((sum, { low, high }) => sum + 1 / (1 + high - low), 0)
}

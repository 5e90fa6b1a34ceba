import fc from 'fast-check'
import { expect, test } from 'vitest'
import { occurrencesNeeded, phraseFrequency, type WordOccurrences } from '../../core/query/score/phrase-frequency.ts'

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

test('words between the words of a phrase add to the distance', () => {
  expect(frequency([[0], [3]], 2)).toBeCloseTo(1 / 3)
  expect(frequency([[0], [3]], 1)).toBe(0)
})

const positions = fc.uniqueArray(fc.nat(20), { minLength: 1, maxLength: 6 }).map((list) => list.sort((a, b) => a - b))

test('the sweep finds the same matches as trying every tuple', () => {
  fc.assert(
    fc.property(fc.array(positions, { minLength: 2, maxLength: 3 }), fc.nat(5), (lists, slop) => {
      expect(frequency(lists, slop)).toBeCloseTo(naiveFrequency(lists, slop), 9)
    }),
  )
})

test('the sweep finds the same matches as trying every tuple for phrases with repeated words', () => {
  const words = fc.array(fc.nat(1), { minLength: 2, maxLength: 5 })
  const lists = fc.tuple(positions, positions).filter((both) => both.every((list) => list.length < 5))
  fc.assert(
    fc.property(lists, words, fc.nat(4), (both, phrase, slop) => {
      const own = phrase.map((word) => both[word]!)
      expect(frequency(own, slop)).toBeCloseTo(naiveFrequency(own, slop), 9)
    }),
  )
})

test('a document with too few occurrences of a repeated word has no match', () => {
  const places = fc.uniqueArray(fc.nat(9), { minLength: 2, maxLength: 4 }).map((list) => list.sort((a, b) => a - b))
  fc.assert(
    fc.property(positions, places, fc.nat(4), (list, offsets, slop) => {
      const words = offsets.map((offset) => ({ positions: Uint32Array.from(list), start: 0, end: list.length, offset }))
      if (phraseFrequency(words, slop) > 0) expect(list.length).toBeGreaterThanOrEqual(occurrencesNeeded(offsets, slop))
    }),
  )
})

test('a word repeated a thousand times is read a thousand times per occurrence, not a million times', () => {
  const places = [5, 60, 61]
  const { words, reads } = counted(Array.from({ length: 1_000 }, () => places))

  expect(phraseFrequency(words, 10_000)).toBeGreaterThan(0)
  // Sorting 3,000 occurrences: each moves down a heap of ten levels, with two comparisons of two numbers per level.
  expect(reads()).toBeLessThan(3_000 * 10 * 2 * 2 * 2)
})

test('long lists are skipped where the rarest word does not occur', () => {
  const long = Array.from({ length: 10_000 }, (_, i) => 3 * i)
  const { words, reads } = counted([long, long, [7, 29_990], long])

  expect(phraseFrequency(words, 2)).toBeGreaterThan(0)
  expect(reads()).toBeLessThan(1_000)
})

/** Words that count every read of a position; word w has position w in the phrase. */
function counted(lists: readonly (readonly number[])[]): { words: WordOccurrences[]; reads: () => number } {
  let reads = 0
  const watched = new Map(
    lists.map((list) => {
      const positions = new Proxy(Uint32Array.from(list), {
        get(target, key) {
          reads++
          return Reflect.get(target, key) as unknown
        },
      })
      return [list, positions]
    }),
  )
  const words = lists.map((list, offset) => ({ positions: watched.get(list)!, start: 0, end: list.length, offset }))
  return { words, reads: () => reads }
}

/** `positions[t]` are the positions of term t, whose position in the phrase is t. */
function frequency(lists: readonly (readonly number[])[], slop: number): number {
  const terms = lists.map((list, t) => {
    return { positions: Uint32Array.from(list, (p) => p + 10), start: 0, end: list.length, offset: t }
  })
  return phraseFrequency(terms, slop)
}

/** All ranges [low, high] that cover one position of each term and contain no smaller such range. */
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

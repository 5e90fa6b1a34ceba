import fc from 'fast-check'
import { expect, test } from 'vitest'
import { phraseFrequency, type WordOccurrences, wordsAt } from '../../core/query/score/phrase-frequency.ts'

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
  const phrases = fc.array(fc.nat(1), { minLength: 2, maxLength: 5 })
  const lists = fc.tuple(positions, positions).filter((both) => both.every((list) => list.length < 6))
  fc.assert(
    fc.property(lists, phrases, fc.nat(6), (both, phrase, slop) => {
      const words = [0, 1].flatMap((word) => wordsOf(both[word]!, offsetsOf(phrase, word)))
      const places = phrase.map((word) => both[word]!)
      expect(phraseFrequency(words, slop)).toBeCloseTo(naiveFrequency(places, slop, phrase), 9)
    }),
    { numRuns: 1_000 },
  )
})

test('each place of a repeated word takes an occurrence of its own', () => {
  // "ha ha" with any distance.
  expect(phraseFrequency(wordsOf([4], [0, 1]), 10)).toBe(0)
  expect(phraseFrequency(wordsOf([4, 5], [0, 1]), 10)).toBe(1)
  expect(phraseFrequency(wordsOf([4, 7], [0, 1]), 10)).toBeCloseTo(1 / 3)
})

test('a word repeated a hundred times is read a hundred times per occurrence, not ten thousand times', () => {
  const { words, reads } = counted(Array.from({ length: 150 }, (_, i) => 3 * i))
  const repeated = wordsOf(
    words,
    Array.from({ length: 100 }, (_, i) => i),
  )

  expect(phraseFrequency(repeated, 10_000)).toBeGreaterThan(0)
  // Each place moves over the 51 occurrences that leave enough for the others, down a heap of seven levels.
  expect(reads()).toBeLessThan(100 * 51 * 7 * 2 * 2)
})

test('long lists are skipped where the rarest word does not occur', () => {
  const long = Array.from({ length: 10_000 }, (_, i) => 3 * i)
  const watched = counted(long)
  const others = [0, 1, 3].flatMap((offset) => wordsOf(watched.words, [offset]))

  expect(phraseFrequency([...others, ...wordsOf([7, 29_990], [2])], 2)).toBeGreaterThan(0)
  expect(watched.reads()).toBeLessThan(1_000)
})

/** Positions that count each read of one of them. */
function counted(list: readonly number[]): { words: Uint32Array; reads: () => number } {
  let reads = 0
  const words = new Proxy(Uint32Array.from(list), {
    get(target, key) {
      reads++
      return Reflect.get(target, key) as unknown
    },
  })
  return { words, reads: () => reads }
}

/** A word that occurs at these positions, at its places in the phrase. */
function wordsOf(list: readonly number[] | Uint32Array, offsets: readonly number[]): WordOccurrences[] {
  const words = wordsAt(offsets)
  const own = list instanceof Uint32Array ? list : Uint32Array.from(list)
  for (const [w, word] of words.entries()) Object.assign(word, { positions: own, start: w, end: list.length })
  return words
}

function offsetsOf(phrase: readonly number[], word: number): number[] {
  return phrase.flatMap((other, offset) => (other === word ? [offset] : []))
}

/** `lists[t]` are the positions of term t, whose position in the phrase is t. */
function frequency(lists: readonly (readonly number[])[], slop: number): number {
  return phraseFrequency(
    lists.flatMap((list, offset) => wordsOf(list, [offset])),
    slop,
  )
}

/**
 * All ranges [low, high] that cover one position of each term and contain no smaller such range.
 *
 * @param phrase the term at each place; by default each place has its own
 */
function naiveFrequency(
  lists: readonly (readonly number[])[],
  slop: number,
  phrase: readonly number[] = [...lists.keys()],
): number {
  let tuples: number[][] = [[]]
  for (const list of lists) tuples = tuples.flatMap((tuple) => list.map((position) => [...tuple, position]))
  const ranges = tuples
    .filter((tuple) => new Set(tuple.map((position, t) => `${phrase[t]} ${position}`)).size === tuple.length)
    .map((tuple) => tuple.map((position, t) => position - t))
    .map((places) => ({ low: Math.min(...places), high: Math.max(...places) }))
  const all = [...new Map(ranges.map((range) => [`${range.low},${range.high}`, range])).values()]
  const minimal = all.filter(
    (range) => !all.some((other) => other !== range && other.low >= range.low && other.high <= range.high),
  )
  return minimal
    .filter(({ low, high }) => high - low <= slop)
    .reduce((sum, { low, high }) => sum + 1 / (1 + high - low), 0)
}

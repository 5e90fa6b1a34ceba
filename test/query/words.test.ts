import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codePointsOf, editDistance } from '../../core/edit-distance.ts'
import { patternMatcher } from '../../core/query/filter/match-pattern.ts'
import { keywordRange, patternRange, prefixRange } from '../../core/query/filter/term-range.ts'
import { compareUtf8 } from '../../core/utf8.ts'

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é', '中', '😀', '\ud7ff', '\u{10ffff}'), maxLength: 6 })

test('the range of a prefix contains exactly the words that begin with it', () => {
  fc.assert(
    fc.property(word, word, (prefix, other) => {
      expect(isWithin(prefixRange(prefix), other)).toBe(other.startsWith(prefix))
      expect(isWithin(prefixRange(prefix), prefix + other)).toBe(true)
    }),
  )
})

test('the range of bounds on keywords contains exactly the words within the bounds', () => {
  fc.assert(
    fc.property(word, word, word, (low, high, other) => {
      const within = { above: compareUtf8(other, low), below: compareUtf8(other, high) }
      expect(isWithin(keywordRange({ gte: low, lt: high }), other)).toBe(within.above >= 0 && within.below < 0)
      expect(isWithin(keywordRange({ gt: low, lte: high }), other)).toBe(within.above > 0 && within.below <= 0)
    }),
  )
})

test('a wildcard pattern matches the same words as the equivalent regular expression', () => {
  const part = fc.constantFrom('a', 'b', 'ab', '*', '?', '😀')
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), word, (parts, other) => {
      const literal = parts.map((text) => text !== '*' && text !== '?')
      const pattern = { kind: 'wildcard' as const, parts, literal }
      const expression = new RegExp(
        `^${parts.map((text) => (text === '*' ? '.*' : text === '?' ? '.' : text)).join('')}$`,
        'su',
      )
      expect(patternMatcher(pattern)(other)).toBe(expression.test(other))
      if (expression.test(other)) expect(isWithin(patternRange(pattern), other)).toBe(true)
    }),
  )
})

test('an escaped star is a star', () => {
  const matches = patternMatcher({ kind: 'wildcard', parts: ['a', '*', '*'], literal: [true, true, false] })

  expect([matches('a*bc'), matches('abc')]).toEqual([true, false])
})

test('the bounded edit distance is the textbook one, cut off at the bound', () => {
  fc.assert(
    fc.property(word, word, fc.constantFrom(1, 2), (a, b, max) => {
      const [left, right] = [codePointsOf(a), codePointsOf(b)]
      expect(editDistance(left, right, max)).toBe(Math.min(naiveDistance(left, right), max + 1))
    }),
    { numRuns: 1000 },
  )
})

test('words of any length are compared correctly after any other words', () => {
  const long = codePointsOf('abc'.repeat(100))
  const changed = [...long.slice(0, 150), 120, ...long.slice(151, 299)]

  expect(editDistance(long, changed, 2)).toBe(2)
  expect(editDistance(long, changed, 1)).toBe(2)
  expect(editDistance(codePointsOf('abc'), codePointsOf('abd'), 1)).toBe(1)
  expect(editDistance(long, long, 1)).toBe(0)
})

test('swapping two adjacent letters is one edit', () => {
  expect(editDistance(codePointsOf('laminar'), codePointsOf('lamniar'), 2)).toBe(1)
})

function isWithin({ from, to }: { readonly from: string; readonly to?: string | undefined }, other: string): boolean {
  return compareUtf8(other, from) >= 0 && (to === undefined || compareUtf8(other, to) < 0)
}

/** Optimal string alignment by its recurrence relation. */
function naiveDistance(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return a.length + b.length
  const [restA, restB] = [a.slice(0, -1), b.slice(0, -1)]
  const replace = naiveDistance(restA, restB) + (a.at(-1) === b.at(-1) ? 0 : 1)
  const best = Math.min(replace, naiveDistance(restA, b) + 1, naiveDistance(a, restB) + 1)
  const swapped = a.length > 1 && b.length > 1 && a.at(-1) === b.at(-2) && a.at(-2) === b.at(-1)
  return swapped ? Math.min(best, naiveDistance(a.slice(0, -2), b.slice(0, -2)) + 1) : best
}

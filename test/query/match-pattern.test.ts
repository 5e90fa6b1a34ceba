import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pieceFinder } from '../../core/query/filter/find-piece.ts'
import { patternMatcher } from '../../core/query/filter/match-pattern.ts'
import type { WordPattern } from '../../core/query/language/clause.ts'

type Wildcard = Extract<WordPattern, { readonly kind: 'wildcard' }>

const character = fc.constantFrom('a', 'b', 'é', '😀', '*', '?')
const text = (maxLength: number) => fc.array(character, { maxLength }).map((some) => some.join(''))
const part = fc.oneof(
  fc.constantFrom('*' as const, '?' as const).map((wildcard) => ({ text: wildcard, isLiteral: false })),
  text(3).map((literal) => ({ text: literal, isLiteral: true })),
)
const pattern = fc.array(part, { maxLength: 7 }).map((parts): Wildcard => {
  return { kind: 'wildcard', parts: parts.map((one) => one.text), literal: parts.map((one) => one.isLiteral) }
})

test('a pattern matches the same words as a search that tries every way to match', () => {
  let matched = 0
  fc.assert(
    fc.property(pattern, text(8), (asked, word) => {
      const expected = naiveMatch(tokensOf(asked), Array.from(word))
      expect(patternMatcher(asked)(word)).toBe(expected)
      if (expected) matched++
    }),
    { numRuns: 3_000 },
  )
  expect(matched).toBeGreaterThan(300)
})

test('a pattern with long pieces matches the same words as a regular expression', () => {
  const long = fc.array(fc.constantFrom('a', 'b'), { minLength: 30, maxLength: 70 }).map((some) => some.join(''))
  fc.assert(
    fc.property(long, long, fc.nat(69), fc.boolean(), (around, inner, hole, isThere) => {
      const holed = hole < inner.length ? [inner.slice(0, hole), inner.slice(hole + 1)] : [inner]
      const parts = ['*', ...(holed.length === 2 ? [holed[0]!, '?', holed[1]!] : holed), '*']
      const asked: Wildcard = {
        kind: 'wildcard',
        parts,
        literal: parts.map((some) => !'*?'.includes(some) || some === ''),
      }
      const word = isThere ? around + inner + around : around + around
      const expected = new RegExp(`^.*${holed.join('.')}.*$`).test(word)
      expect(patternMatcher(asked)(word)).toBe(expected)
    }),
  )
})

test('no character of a word is read twice, no matter where the pattern fails', () => {
  let reads = 0
  const points = new Proxy(
    Array.from({ length: 5_000 }, () => 97),
    {
      get(target, key) {
        reads++
        return Reflect.get(target, key) as unknown
      },
    },
  )
  const almost = [...Array.from({ length: 1_000 }, () => 97), 98]

  expect(pieceFinder(almost)(points, 0, 5_000)).toBe(-1)
  expect(reads).toBe(5_000)
})

function tokensOf({ parts, literal }: Wildcard): string[] {
  // An escape makes stars and question marks literal.
  return parts.flatMap((one, i) => (literal[i] ? Array.from(one, (each) => `\\${each}`) : [one]))
}

function naiveMatch(tokens: readonly string[], word: readonly string[]): boolean {
  const [token, ...rest] = tokens
  if (token === undefined) return word.length === 0
  if (token === '*') return word.some((_, i) => naiveMatch(rest, word.slice(i))) || naiveMatch(rest, [])
  if (word.length === 0) return false
  return (token === '?' || token === `\\${word[0]}`) && naiveMatch(rest, word.slice(1))
}

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { InvalidRequestError, LimitExceededError } from '../../core/errors.ts'
import { parseQuery } from '../../core/query/language/parse-query.ts'
import { QUERY_CLAUSES_MAX, QUERY_DEPTH_MAX } from '../../core/query/language/query-cursor.ts'
import type { QueryNode } from '../../core/query/language/query-syntax.ts'
import { queryTexts, queryTrees } from '../oracle/generators.ts'
import { printQuery } from '../oracle/print-query.ts'

const FIELDS = ['title', 'year', 'author.name', 'a:b']
const isField = (name: string) => FIELDS.includes(name)
const parse = (text: string) => parseQuery(text, isField)

test('a printed tree parses to the same tree', () => {
  fc.assert(
    fc.property(queryTrees, (tree) => {
      const { node } = parse(printQuery(tree))

      expect(withoutPlaces(node)).toEqual(withoutPlaces(tree))
    }),
    { numRuns: 1_000 },
  )
})

test('any text is parsed, or refused with a position within it', () => {
  fc.assert(
    fc.property(queryTexts, (text) => {
      try {
        const { node } = parse(text)
        if (node !== undefined) expect(withoutPlaces(parse(printQuery(node)).node)).toEqual(withoutPlaces(node))
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidRequestError)
        const { code, details } = error as InvalidRequestError
        expect(code).toBe('invalid_query')
        expect(details.position).toBeGreaterThanOrEqual(0)
        expect(details.position).toBeLessThanOrEqual(text.length)
      }
    }),
    { numRuns: 3_000 },
  )
})

test.each([
  ['a b', '(a b)'],
  ['a AND b OR c d', '((a AND b) OR c) d'],
  ['a OR b AND c', 'a OR (b AND c)'],
  ['NOT a b', '-a b'],
  ['NOT a AND b c', '(NOT a AND b) c'],
  ['a -b', 'a NOT b'],
  ['a AND -b', 'a AND NOT b'],
  ['+a OR b', '+(a OR b)'],
  ['a OR +b', 'a OR b'],
  ['((a))', 'a'],
  ['a(b)"c"', 'a b "c"'],
  ['*:*', '*'],
  ['title:(a b)^2', '(title:(a b))^2'],
  ['year:>=1950', 'year:[1950 TO *]'],
  ['year:<1950^2', 'year:[* TO 1950}^2'],
  ['year: 1950', 'year:1950'],
  ['[a', '\\[a'],
  ['a + b - c', 'a \\+ b \\- c'],
  ['year:[* TO *]', 'year:*'],
  ['title:(*)', 'title:*'],
  ['\\AND', '\\A\\N\\D'],
  ['AND(', undefined],
  ['nope:a', 'nope\\:a'],
])('%s is the same as %s', (text, same) => {
  if (same === undefined) expect(() => parse(text)).toThrow(InvalidRequestError)
  else expect(withoutPlaces(parse(text).node)).toEqual(withoutPlaces(parse(same).node))
})

test('the example of the contract', () => {
  const { node, unknownFields } = parse('heat AND (wing OR "boundary layer"~2) -laminar title:flow^2')

  expect(unknownFields).toEqual([])
  expect(withoutPlaces(node)).toEqual({
    kind: 'sequence',
    items: [
      {
        occur: 'bare',
        node: {
          kind: 'and',
          nodes: [
            word('heat'),
            { kind: 'or', nodes: [word('wing'), { kind: 'phrase', text: 'boundary layer', slop: 2 }] },
          ],
        },
      },
      { occur: 'must_not', node: word('laminar') },
      { occur: 'bare', node: { kind: 'boost', boost: 2, node: { kind: 'field', name: 'title', node: word('flow') } } },
    ],
  })
})

test('words, prefixes, wildcards and edits', () => {
  expect(withoutPlaces(parse('fl* te?t mach~1 mach~ mach~0 a\\*b').node)).toEqual({
    kind: 'sequence',
    items: [
      pattern('fl', '*'),
      { kind: 'pattern', parts: [{ kind: 'literal', text: 'te' }, { kind: '?' }, { kind: 'literal', text: 't' }] },
      { ...word('mach'), fuzzy: 1 },
      { ...word('mach'), fuzzy: 'auto' },
      word('mach'),
      word('a*b'),
    ].map((node) => ({ occur: 'bare', node })),
  })
})

test('an unknown field before a colon is text, and is reported once', () => {
  const { node, unknownFields } = parse('AC/DC: live at:12:30 title:a:b')

  expect(unknownFields).toEqual([
    { name: 'AC/DC', at: 0 },
    { name: 'at', at: 12 },
  ])
  expect(withoutPlaces(node)).toMatchObject({
    items: [
      { node: word('AC/DC:') },
      { node: word('live') },
      { node: word('at:12:30') },
      { node: { name: 'title', node: word('a:b') } },
    ],
  })
})

test('field names may be dotted or escaped', () => {
  expect(withoutPlaces(parse('author.name:x').node)).toMatchObject({ kind: 'field', name: 'author.name' })
  expect(withoutPlaces(parse('a\\:b:x').node)).toMatchObject({ kind: 'field', name: 'a:b' })
})

test.each([
  ['a AND', 5, 'expected a term, found the end'],
  ['AND a', 0, 'expected a term before AND'],
  ['a OR OR b', 5, 'expected a term before OR'],
  ['(a b', 4, 'expected a ")" that closes the "(" at position 0'],
  ['a)', 1, 'expected a term or the end'],
  ['a ()', 3, 'expected a term between the parentheses'],
  ['"a b', 4, 'expected a quote that ends the one at position 0'],
  ['a^x', 2, 'expected a number after ^, found "x"'],
  ['a^2b', 3, 'expected white space after a term'],
  ['mach~3', 5, 'expected a number of edits after ~, at most 2'],
  ['"a b"~x', 6, 'expected a number of positions after ~'],
  ['year:[1 2]', 8, 'expected TO'],
  ['year:[1 TO 2', 12, 'expected ] or }'],
  ['year:[ TO 2]', 10, 'expected TO'],
  ['year:', 5, 'expected a value, found the end'],
  ['year:>=', 7, 'expected a value'],
  ['a\\', 2, 'expected a character after \\'],
  ['te?t~', 4, 'expected no ~ after a pattern'],
  ['NOT', 3, 'expected a term'],
])('%s is refused at position %d', (text, position, message) => {
  expect(() => parse(text)).toThrow(
    expect.objectContaining({
      code: 'invalid_query',
      details: { position },
      message: expect.stringContaining(message),
    }),
  )
})

test('limits are refused by name', () => {
  const deep = (depth: number) => `${'('.repeat(depth)}a${')'.repeat(depth)}`
  const many = (count: number) => Array.from({ length: count }, () => 'a').join(' ')

  expect(() => parse(deep(QUERY_DEPTH_MAX))).not.toThrow()
  expect(() => parse(deep(QUERY_DEPTH_MAX + 1))).toThrow(expect.objectContaining({ code: 'query_too_deep' }))
  expect(() => parse(`${'-'.repeat(10_000)}a`)).toThrow(LimitExceededError)
  expect(() => parse(many(QUERY_CLAUSES_MAX))).not.toThrow()
  expect(() => parse(many(QUERY_CLAUSES_MAX + 1))).toThrow(expect.objectContaining({ code: 'too_many_clauses' }))
  expect(() => parse('é'.repeat(16_385))).toThrow(expect.objectContaining({ code: 'query_too_long' }))
})

function word(text: string): object {
  return { kind: 'word', text, fuzzy: 'none' }
}

function pattern(text: string, wildcard: string): object {
  return { kind: 'pattern', parts: [{ kind: 'literal', text }, { kind: wildcard }] }
}

/** A tree without positions, and with adjacent literals joined. */
function withoutPlaces(node: QueryNode | undefined): unknown {
  return JSON.parse(JSON.stringify(node ?? null, (key, value) => (key === 'at' ? undefined : value)))
}

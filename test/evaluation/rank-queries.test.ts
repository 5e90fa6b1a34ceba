import { expect, test } from 'vitest'
import { compareRankings } from './rank-queries.ts'

const ranking = [
  { id: 'a', score: 2 },
  { id: 'b', score: 1 },
]

test('equal rankings have no differences, and scores may differ by rounding', () => {
  const nearly = [
    { id: 'a', score: 2 + 1e-9 },
    { id: 'b', score: 1 },
  ]

  expect(compareRankings(new Map([['q', ranking]]), new Map([['q', nearly]]))).toEqual([])
})

test('another order, another score, a missing hit and a missing ranking are told apart', () => {
  const other = [
    { id: 'b', score: 2 },
    { id: 'a', score: 1 },
  ]
  const expected = new Map([['q', ranking]])

  expect(compareRankings(expected, new Map([['q', other]]))).toEqual(['q: rank 1 is b (2) instead of a (2)'])
  expect(compareRankings(expected, new Map([['q', [ranking[0]!, { id: 'b', score: 1.1 }]]]))).toEqual([
    'q: rank 2 is b (1.1) instead of b (1)',
  ])
  expect(compareRankings(expected, new Map([['q', ranking.slice(0, 1)]]))).toEqual([
    'q: 1 hits instead of 2',
    'q: rank 2 is nothing instead of b (1)',
  ])
  expect(compareRankings(expected, new Map())).toHaveLength(3)
})

test('a score that is not a number is a difference', () => {
  const broken = [{ id: 'a', score: Number.NaN }]

  expect(compareRankings(new Map([['q', [ranking[0]!]]]), new Map([['q', broken]]))).toHaveLength(1)
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { measureQuality, ndcg, recall, reciprocalRank } from './ir-metrics.ts'

const judgements = new Map([
  ['a', 3],
  ['b', 2],
  ['c', 0],
  ['d', 1],
])

test('nDCG agrees with a sum worked out by hand', () => {
  const gained = 2 / Math.log2(2) + 3 / Math.log2(4)
  const ideal = 3 / Math.log2(2) + 2 / Math.log2(3) + 1 / Math.log2(4)

  expect(ndcg(['b', 'x', 'a'], judgements, 10)).toBeCloseTo(gained / ideal, 12)
})

test('nDCG looks no deeper than asked, neither in the ranking nor in the ideal', () => {
  expect(ndcg(['a', 'b'], judgements, 2)).toBe(1)
  expect(ndcg(['x', 'y', 'a'], judgements, 2)).toBe(0)
})

test('a document judged as not relevant is worth nothing', () => {
  expect(ndcg(['c'], judgements, 10)).toBe(0)
  expect(recall(['c'], judgements, 100)).toBe(0)
  expect(reciprocalRank(['c', 'a'], judgements, 10)).toBe(1 / 2)
})

test('recall is the share of relevant documents found', () => {
  expect(recall(['a', 'x', 'd'], judgements, 100)).toBeCloseTo(2 / 3, 12)
  expect(recall(['x', 'a'], judgements, 1)).toBe(0)
})

test('the reciprocal rank of a first hit beyond the depth is 0', () => {
  expect(reciprocalRank(['x', 'a'], judgements, 2)).toBe(1 / 2)
  expect(reciprocalRank(['x', 'a'], judgements, 1)).toBe(0)
})

test('the best first is 1 in every measure, and no order beats it', () => {
  const relevances = fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(relevances, (values) => {
      fc.pre(values.some((value) => value > 0))
      const judged = new Map(values.map((value, i) => [`${i}`, value]))
      const shown = values.map((_, i) => `${i}`)
      const best = shown.toSorted((a, b) => judged.get(b)! - judged.get(a)!)

      expect(ndcg(best, judged, 10)).toBeCloseTo(1, 12)
      expect(ndcg(shown, judged, 10)).toBeLessThanOrEqual(1 + 1e-12)
      expect(reciprocalRank(best, judged, 10)).toBe(1)
      expect(recall(best, judged, 20)).toBe(1)
    }),
  )
})

test('means are over queries with a relevant document, answered or not', () => {
  const judged = new Map([
    ['answered', new Map([['a', 1]])],
    ['unanswered', new Map([['b', 1]])],
    ['nothing relevant', new Map([['c', 0]])],
  ])
  const quality = measureQuality(new Map([['answered', ['a']]]), judged)

  expect(quality).toEqual({ ndcg10: 0.5, recall100: 0.5, mrr10: 0.5, queries: 2 })
})

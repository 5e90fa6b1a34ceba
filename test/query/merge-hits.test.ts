import fc from 'fast-check'
import { assert, expect, test } from 'vitest'
import type { SortKey } from '../../core/query/language/clause.ts'
import type { Candidate } from '../../core/query/score/candidate.ts'
import { mergeHits, settleTies, tiedCandidates } from '../../core/query/score/order-hits.ts'
import { compareSortValues } from '../../core/query/score/sort-values.ts'
import { compareUtf8 } from '../../core/utf8.ts'

const SORTS: readonly (readonly SortKey[])[] = [
  [],
  [{ kind: 'field', field: 0, descending: true }],
  [{ kind: 'score' }, { kind: 'id', descending: true }],
  [{ kind: 'field', field: 0, descending: false }, { kind: 'score' }],
  [{ kind: 'id', descending: false }],
] as never

/** Documents of one segment: few distinct scores and values, so that most are tied; ids ascend with the position. */
const segment = fc.array(fc.record({ score: fc.nat(3), value: fc.option(fc.nat(2), { nil: undefined }) }), {
  maxLength: 12,
})

test('in whatever order hits of segments are merged, the first hits are the first of all sorted hits', () => {
  fc.assert(
    fc.property(
      fc.array(segment, { minLength: 1, maxLength: 8 }),
      fc.constantFrom(...SORTS),
      fc.integer({ min: 1, max: 15 }),
      fc.infiniteStream(fc.nat()),
      (segments, sort, wanted, picks) => {
        const ids = new Map<Candidate, string>()
        const all = segments.map((docs, s) => ranked(docs, { s, sort, ids }))
        // Truncated as a collector does.
        const lists = all.map((hits) => hits.slice(0, wanted))
        const expected = all.flat().sort((a, b) => compare(a, b, sort) || byId(a, b, { sort, ids }))

        while (lists.length > 1) {
          const [a] = lists.splice(picks.next().value % lists.length, 1)
          const [b] = lists.splice(picks.next().value % lists.length, 1)
          lists.push(mergeHits(a!, b!, { sort, wanted }).slice())
        }

        const merged = lists[0]!
        const tied = tiedCandidates(merged, sort, wanted)
        const settled = settleTies(merged, sort, new Map(tied.map((hit) => [hit, ids.get(hit)!])))
        expect(settled.slice(0, wanted).map((hit) => ids.get(hit))).toEqual(
          expected.slice(0, wanted).map((hit) => ids.get(hit)),
        )
        // More hits are kept only if they are tied with the last wanted one.
        for (const hit of merged.slice(wanted)) expect(compare(hit, merged[wanted - 1]!, sort)).toBe(0)
      },
    ),
    { numRuns: 2_000 },
  )
})

type Ordered = { readonly sort: readonly SortKey[]; readonly ids: Map<Candidate, string> }

/** A segment's hits in order, equal hits by id. */
function ranked(
  docs: readonly { readonly score: number; readonly value: number | undefined }[],
  { s, sort, ids }: Ordered & { readonly s: number },
): Candidate[] {
  const segment = { shard: s, position: 0, open: () => assert.fail() }
  const hits = docs.map(({ score, value }, doc): Candidate => {
    const values = sort.map((key) => (key.kind === 'field' ? value : key.kind === 'score' ? score : undefined))
    const hit = { segment, doc, score, values }
    ids.set(hit, `${String(doc).padStart(2, '0')}-${s}`)
    return hit
  })
  return hits.sort((a, b) => compare(a, b, sort) || byId(a, b, { sort, ids }))
}

function compare(a: Candidate, b: Candidate, sort: readonly SortKey[]): number {
  if (sort.length === 0) return b.score - a.score
  for (const [k, key] of sort.entries()) {
    if (key.kind === 'id') return 0
    const order = key.kind === 'score' ? b.score - a.score : compareSortValues(a.values[k], b.values[k], key.descending)
    if (order !== 0) return order
  }
  return 0
}

function byId(a: Candidate, b: Candidate, { sort, ids }: Ordered): number {
  const order = compareUtf8(ids.get(a)!, ids.get(b)!)
  return sort.some((key) => key.kind === 'id' && key.descending) ? -order : order
}

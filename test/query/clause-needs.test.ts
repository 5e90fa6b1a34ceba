import { expect, test } from 'vitest'
import type { Clause } from '../../core/query/language/clause.ts'
import { needsOf } from '../../core/query/score/clause-needs.ts'

test('clauses that differ only in their boosts need one set, anywhere in the query', () => {
  const prefix = (text: string, boost: number): Clause => {
    return { kind: 'pattern', field: 1, lane: 'text', pattern: { kind: 'prefix', prefix: text }, boost }
  }
  const big: Clause = { kind: 'range', field: 2, bounds: { gte: 9007199254740993n }, boost: 1 }
  const groups = Array.from({ length: 300 }, (_, i): Clause => {
    return { kind: 'fields', mode: 'best', boost: 1, clauses: [prefix('a', i), prefix('b', 1), { ...big }] }
  })
  const { sets } = needsOf({ kind: 'bool', boost: 1, parts: groups.map((clause) => ({ occur: 'should', clause })) })

  expect(sets.map((equal) => equal.length)).toEqual([300, 300, 300])
  expect(sets[0]!.every((clause) => clause.kind === 'pattern')).toBe(true)
})

import type { BoolPart, Clause } from './clause.ts'

/** The same clause with its score multiplied. */
export function boosted(clause: Clause, boost: number): Clause {
  return clause.kind === 'none' || boost === 1 ? clause : { ...clause, boost: clause.boost * boost }
}

/** Joins the clauses of one part of the query in several fields; undefined if there are none. */
export function inFields(clauses: readonly Clause[], mode: 'sum' | 'best'): Clause | undefined {
  return clauses.length < 2 ? clauses[0] : { kind: 'fields', mode, clauses, boost: 1 }
}

/**
 * Joins the parts of a boolean query; undefined if there are none. If all are `must_not`, every other document matches with
 * score 0.
 */
export function combined(parts: readonly BoolPart[]): Clause | undefined {
  const [first] = parts
  if (first === undefined) return undefined
  if (parts.length === 1 && first.occur !== 'must_not') return first.clause
  if (parts.some((part) => part.occur !== 'must_not')) return { kind: 'bool', parts, boost: 1 }
  return { kind: 'bool', parts: [{ occur: 'must', clause: { kind: 'all', boost: 0 } }, ...parts], boost: 1 }
}

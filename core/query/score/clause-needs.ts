import type { TermKey } from '../../segment/read/term-entry.ts'
import type { SetClause } from '../filter/clause-sets.ts'
import type { Clause } from '../language/clause.ts'
import { clauseKey } from '../language/merge-equal.ts'

/** A term with its {@link termName}, which is computed once for all segments. */
export type NamedKey = TermKey & { readonly name: string }

/** What a query needs from every segment before it can be scored there. */
export type ClauseNeeds = {
  /** Distinct scored terms whose positions are not needed. */
  readonly terms: readonly NamedKey[]
  /** Distinct terms of phrases: their positions are needed too. */
  readonly phraseTerms: readonly NamedKey[]
  /** Groups of clauses that differ only in their boosts: each group shares one set. */
  readonly sets: readonly EqualSets[]
}

/** At least one clause; all of them match the same documents. */
export type EqualSets = readonly [SetClause, ...SetClause[]]

/** A fuzzy word. */
export type FuzzyClause = Extract<Clause, { readonly kind: 'fuzzy' }>

/** A key for a text term: its field and the term itself. */
export function termName(field: number, term: string): string {
  return `${field}\u0000${term}`
}

/** @param clause a clause without fuzzy words, which are expanded earlier */
export function needsOf(clause: Clause): ClauseNeeds {
  const terms = new Map<string, NamedKey>()
  const phraseTerms = new Map<string, NamedKey>()
  const sets = new Map<string, [SetClause, ...SetClause[]]>()
  for (const part of leavesOf(clause)) {
    if (part.kind === 'term') addTerm(terms, part.field, part.term)
    else if (part.kind === 'phrase') for (const { term } of part.terms) addTerm(phraseTerms, part.field, term)
    else if (part.kind !== 'all' && part.kind !== 'none' && part.kind !== 'fuzzy') addSet(sets, part)
  }
  for (const name of phraseTerms.keys()) terms.delete(name)
  return { terms: [...terms.values()], phraseTerms: [...phraseTerms.values()], sets: [...sets.values()] }
}

function addSet(sets: Map<string, [SetClause, ...SetClause[]]>, clause: SetClause): void {
  const key = clauseKey(clause)
  const equal = sets.get(key)
  if (equal === undefined) sets.set(key, [clause])
  else equal.push(clause)
}

function addTerm(terms: Map<string, NamedKey>, field: number, term: string): void {
  const name = termName(field, term)
  terms.set(name, { name, field, lane: 'text', term })
}

type Leaf = Exclude<Clause, { readonly kind: 'bool' | 'fields' }>

/** The leaves of a clause: the clauses that contain no other clauses. */
export function* leavesOf(clause: Clause): Generator<Leaf> {
  if (clause.kind === 'bool') for (const part of clause.parts) yield* leavesOf(part.clause)
  else if (clause.kind === 'fields') for (const part of clause.clauses) yield* leavesOf(part)
  else yield clause
}

/** Whether a query has fuzzy words that are not expanded yet. */
export function hasFuzzy(clause: Clause): boolean {
  for (const { kind } of leavesOf(clause)) if (kind === 'fuzzy') return true
  return false
}

/** The number of leaves of a query, about the number of nodes that evaluate it. */
export function countLeaves(clause: Clause): number {
  let count = 0
  for (const _ of leavesOf(clause)) count++
  return count
}

/** Returns the query with every leaf replaced by `change`. */
export function mapLeaves(clause: Clause, change: (leaf: Leaf) => Clause): Clause {
  if (clause.kind === 'bool') {
    const parts = clause.parts.map(({ occur, clause: part }) => ({ occur, clause: mapLeaves(part, change) }))
    return { ...clause, parts }
  }
  if (clause.kind === 'fields') return { ...clause, clauses: clause.clauses.map((part) => mapLeaves(part, change)) }
  return change(clause)
}

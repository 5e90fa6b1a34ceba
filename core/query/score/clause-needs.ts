import type { TermKey } from '../../segment/read/term-entry.ts'
import type { SetClause } from '../filter/clause-sets.ts'
import type { Clause } from '../language/clause.ts'
import { clauseKey } from '../language/merge-equal.ts'

/** A term and its {@link termName}, made once for all segments. */
export type NamedKey = TermKey & { readonly name: string }

/** What has to be read of every segment before a query can be scored there. */
export type ClauseNeeds = {
  /** Terms that are scored, each once. */
  readonly terms: readonly NamedKey[]
  /** Those whose positions are needed too. */
  readonly phraseTerms: readonly NamedKey[]
  /** Clauses that are equal but for their boosts, which share one set. */
  readonly sets: readonly EqualSets[]
}

/** Clauses that match the same documents, at least one. */
export type EqualSets = readonly [SetClause, ...SetClause[]]

/** A word with variants. */
export type FuzzyClause = Extract<Clause, { readonly kind: 'fuzzy' }>

/** The name of a text term: its field and the term itself. */
export function termName(field: number, term: string): string {
  return `${field}\u0000${term}`
}

/** @param clause without fuzzy parts: those are expanded first */
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

/** The clauses without clauses in them. */
export function* leavesOf(clause: Clause): Generator<Leaf> {
  if (clause.kind === 'bool') for (const part of clause.parts) yield* leavesOf(part.clause)
  else if (clause.kind === 'fields') for (const part of clause.clauses) yield* leavesOf(part)
  else yield clause
}

/** Whether a query has words whose variants are not known yet. */
export function hasFuzzy(clause: Clause): boolean {
  for (const { kind } of leavesOf(clause)) if (kind === 'fuzzy') return true
  return false
}

/** Leaves of a query: about as many as what evaluates it has nodes. */
export function countLeaves(clause: Clause): number {
  let count = 0
  for (const _ of leavesOf(clause)) count++
  return count
}

/** The same query with every leaf replaced. */
export function mapLeaves(clause: Clause, change: (leaf: Leaf) => Clause): Clause {
  if (clause.kind === 'bool') {
    const parts = clause.parts.map(({ occur, clause: part }) => ({ occur, clause: mapLeaves(part, change) }))
    return { ...clause, parts }
  }
  if (clause.kind === 'fields') return { ...clause, clauses: clause.clauses.map((part) => mapLeaves(part, change)) }
  return change(clause)
}

import type { FieldNumber } from '../../fields/field.ts'
import type { Schema } from '../../schema/schema.ts'
import type { BoolPart, Clause } from '../language/clause.ts'
import { inverseDocumentFrequency, type LengthNormsCache, type TermWeight } from './bm25.ts'
import { termName } from './clause-needs.ts'
import { AnyNode, BoolNode, type OccurringNode } from './compound-nodes.ts'
import { PhraseNode } from './phrase-node.ts'
import type { PhraseTerm } from './phrase-term-cursor.ts'
import type { PreparedSegment } from './prepare-segment.ts'
import { AllNode, SetNode } from './set-node.ts'
import type { Statistics } from './statistics.ts'
import { TermNode } from './term-node.ts'
import type { WindowNode } from './window.ts'

type ScoredClause = Extract<Clause, { readonly kind: 'term' | 'phrase' }>
/** A clause of one term, or one of the terms of a phrase. */
type NamedPart = { readonly term: string }

/** Computes weights from statistics. All segments of a search share one object, and with it the computed weights. */
export class Weights {
  readonly #schema: Schema
  readonly #statistics: Statistics
  readonly #norms: LengthNormsCache
  readonly #known = new Map<ScoredClause, TermWeight>()
  readonly #names = new Map<NamedPart, string>()

  constructor(schema: Schema, statistics: Statistics, norms: LengthNormsCache) {
    this.#schema = schema
    this.#statistics = statistics
    this.#norms = norms
  }

  /** The weight of a term, or of a phrase, which is scored as one term whose idf is the sum of its terms' idfs. */
  of(clause: ScoredClause): TermWeight {
    const known = this.#known.get(clause)
    if (known !== undefined) return known
    const weight = this.#compute(clause)
    this.#known.set(clause, weight)
    return weight
  }

  /** The {@link termName} of a clause or of a part of a phrase, computed once. */
  nameOf(field: FieldNumber, part: NamedPart): string {
    const known = this.#names.get(part)
    if (known !== undefined) return known
    const name = termName(field, part.term)
    this.#names.set(part, name)
    return name
  }

  #compute(clause: ScoredClause): TermWeight {
    const { field, boost } = clause
    const terms = clause.kind === 'term' ? [clause.term] : clause.terms.map(({ term }) => term)
    const { k1, b } = this.#schema.fields[field]!
    const statistics = this.#statistics.fields.get(field) ?? NO_DOCUMENTS
    let idf = 0
    for (const term of terms) {
      idf += inverseDocumentFrequency(statistics.docCount, this.#statistics.docFreqs.get(termName(field, term)) ?? 0)
    }
    return { weight: boost * idf * (k1 + 1), norms: this.#norms.get(k1, b, statistics) }
  }
}

const NO_DOCUMENTS = { docCount: 0, tokenCount: 0 }

/** Compiles a clause to a node that scores its matches in one segment; undefined if nothing in the segment can match. */
export function compileClause(clause: Clause, segment: PreparedSegment, weights: Weights): WindowNode | undefined {
  switch (clause.kind) {
    case 'all':
      return new AllNode(segment.source.reader.docCount, clause.boost)
    case 'none':
      return undefined
    case 'term': {
      const term = segment.terms.get(weights.nameOf(clause.field, clause))
      return term && new TermNode(term.list, weights.of(clause))
    }
    case 'phrase':
      return compilePhrase(clause, segment, weights)
    case 'fields': {
      const nodes = clause.clauses
        .map((part) => compileClause(part, segment, weights))
        .filter((node) => node !== undefined)
      return anyOf(nodes, clause.mode, clause.boost)
    }
    case 'bool':
      return compileBool(clause.parts, clause.boost, (part) => compileClause(part, segment, weights))
    case 'fuzzy':
      throw new Error('broken invariant: fuzzy words are expanded before compiling')
    default: {
      const set = segment.sets.get(clause)
      return set && new SetNode(set.documents, set.count, clause.boost)
    }
  }
}

function compilePhrase(
  clause: Extract<Clause, { readonly kind: 'phrase' }>,
  segment: PreparedSegment,
  weights: Weights,
): WindowNode | undefined {
  const offsets = new Map<string, number[]>()
  for (const part of clause.terms) {
    const name = weights.nameOf(clause.field, part)
    const known = offsets.get(name)
    if (known === undefined) offsets.set(name, [part.position])
    else known.push(part.position)
  }
  const terms: PhraseTerm[] = []
  for (const [name, own] of offsets) {
    const lists = segment.terms.get(name)
    if (lists?.positions === undefined) return undefined
    terms.push({ list: lists.list, positions: lists.positions, offsets: own })
  }
  return new PhraseNode(terms, clause.slop, weights.of(clause))
}

function compileBool(
  parts: readonly BoolPart[],
  boost: number,
  compile: (clause: Clause) => WindowNode | undefined,
): WindowNode | undefined {
  const compiled: OccurringNode[] = []
  for (const { occur, clause } of parts) {
    const node = compile(clause)
    if (node !== undefined) compiled.push({ occur, node })
    else if (occur === 'must') return undefined
  }
  if (compiled.some(({ occur }) => occur === 'must')) return new BoolNode(compiled, boost)
  const shoulds = compiled.filter(({ occur }) => occur === 'should').map(({ node }) => node)
  const mustNots = compiled.filter(({ occur }) => occur === 'must_not')
  if (mustNots.length === 0) return anyOf(shoulds, 'sum', boost)
  const any = anyOf(shoulds, 'sum', 1)
  return any && new BoolNode([{ occur: 'must', node: any }, ...mustNots], boost)
}

function anyOf(nodes: readonly WindowNode[], mode: 'sum' | 'best', boost: number): WindowNode | undefined {
  if (nodes.length === 0) return undefined
  return nodes.length === 1 && boost === 1 ? nodes[0] : new AnyNode(nodes, mode, boost)
}

import { codePointsOf, editDistance } from '../../edit-distance.ts'
import type { LiveShards } from '../../reading/live-shards.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import { compareUtf8 } from '../../utf8.ts'
import { prefixRange } from '../filter/term-range.ts'
import type { Clause } from '../language/clause.ts'
import { type FuzzyClause, leavesOf, mapLeaves, termName } from '../score/clause-needs.ts'

/** Expansions of a fuzzy word that are searched for. */
const EXPANSIONS_MAX = 50
/** Candidates whose postings are worth fetching before it is known which of them are searched for. */
const EAGER_CANDIDATES_MAX = 256

/** Term → least distance of any of its forms. */
type Candidates = Map<string, number>

/**
 * Replaces fuzzy words by the terms that they may stand for: those of words
 * within the distance whose first letter is the same. Of all segments together
 * the best are taken by (distance, documents that contain the term, term), so that the choice
 * does not depend on how documents are spread over segments.
 *
 * Two rounds: the words in range, then the candidates' document frequencies.
 */
export async function expandFuzzy(
  clause: Clause,
  sources: readonly SegmentSource[],
  live: LiveShards,
): Promise<Clause> {
  const fuzzy = Array.from(leavesOf(clause)).filter((leaf) => leaf.kind === 'fuzzy')
  if (fuzzy.length === 0) return clause
  const expanded = await Promise.all(fuzzy.map((leaf) => expandOne(leaf, sources, live)))
  const byLeaf = new Map(fuzzy.map((leaf, i): [Clause, Clause] => [leaf, expanded[i]!]))
  return mapLeaves(clause, (leaf) => byLeaf.get(leaf) ?? leaf)
}

async function expandOne(clause: FuzzyClause, sources: readonly SegmentSource[], live: LiveShards): Promise<Clause> {
  const candidates: Candidates = new Map()
  const found = await live.map(sources, (source) => candidatesIn(source, clause), 'more_follow')
  for (const [term, distance] of found.flatMap((some) => [...some])) keepLeast(candidates, term, distance)
  const docFreqs = await docFreqsOf(clause.field, [...candidates.keys()], { sources, live })
  const best = [...candidates]
    .map(([term, distance]) => ({ term, distance, docFreq: docFreqs.get(termName(clause.field, term)) ?? 0 }))
    .sort((a, b) => a.distance - b.distance || b.docFreq - a.docFreq || compareUtf8(a.term, b.term))
    .slice(0, EXPANSIONS_MAX)
  const length = codePointsOf(clause.form).length
  const clauses = best.map(({ term, distance }): Clause => {
    return { kind: 'term', field: clause.field, term, boost: 1 - distance / length }
  })
  return { kind: 'fields', mode: 'best', clauses, boost: clause.boost }
}

async function candidatesIn({ reader, store }: SegmentSource, clause: FuzzyClause): Promise<Candidates> {
  const wanted = codePointsOf(clause.form)
  const range = prefixRange(String.fromCodePoint(wanted[0]!))
  const [terms, forms] = await Promise.all([
    reader.scan(store, clause.field, 'text', range),
    reader.scan(store, clause.field, 'form', range),
  ])
  const candidates: Candidates = new Map()
  for (const { term: form, indexedTerm } of [...terms.filter((entry) => entry.ownForm), ...forms]) {
    const distance = editDistance(wanted, codePointsOf(form), clause.distance)
    // A word that needs as many edits as it has letters shares nothing with it, and would score nothing.
    if (distance <= clause.distance && distance < wanted.length) keepLeast(candidates, indexedTerm, distance)
  }
  return candidates
}

function keepLeast(candidates: Candidates, term: string, distance: number): void {
  const known = candidates.get(term)
  if (known === undefined || distance < known) candidates.set(term, distance)
}

async function docFreqsOf(
  field: number,
  terms: readonly string[],
  { sources, live }: { readonly sources: readonly SegmentSource[]; readonly live: LiveShards },
): Promise<Map<string, number>> {
  const keys = terms.map((term) => ({ field, lane: 'text' as const, term }))
  const want = keys.length <= EAGER_CANDIDATES_MAX ? 'postings' : 'stats'
  const docFreqs = new Map<string, number>()
  const found = await live.map(sources, ({ reader, store }) => reader.lookup(store, keys, want), 'more_follow')
  for (const entry of found.flat()) {
    if (entry === undefined) continue
    const name = termName(field, entry.term)
    docFreqs.set(name, (docFreqs.get(name) ?? 0) + entry.docFreq)
  }
  return docFreqs
}

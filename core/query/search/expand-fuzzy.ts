import { codePointsOf, editDistance } from '../../edit-distance.ts'
import type { LiveShards } from '../../reading/live-shards.ts'
import type { OpenShard } from '../../reading/open-sources.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import { allRead, type Plan, whenRead } from '../../segment/format/read-plan.ts'
import type { TermEntry } from '../../segment/read/term-entry.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { compareUtf8 } from '../../utf8.ts'
import { prefixRange } from '../filter/term-range.ts'
import type { Clause } from '../language/clause.ts'
import { type FuzzyClause, leavesOf, mapLeaves, termName } from '../score/clause-needs.ts'

/** Candidates whose postings are worth fetching before it is known which of them are searched for. */
const EAGER_CANDIDATES_MAX = 256

/** The shards that a word is looked for in. */
type Searched = { readonly open: readonly OpenShard[]; readonly live: LiveShards; readonly store: ObjectStore }

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
export async function expandFuzzy(clause: Clause, shards: Searched): Promise<Clause> {
  const fuzzy = Array.from(leavesOf(clause)).filter((leaf) => leaf.kind === 'fuzzy')
  if (fuzzy.length === 0) return clause
  const expanded = await Promise.all(fuzzy.map((leaf) => expandOne(leaf, shards)))
  const byLeaf = new Map(fuzzy.map((leaf, i): [Clause, Clause] => [leaf, expanded[i]!]))
  return mapLeaves(clause, (leaf) => byLeaf.get(leaf) ?? leaf)
}

async function expandOne(clause: FuzzyClause, { open, live, store }: Searched): Promise<Clause> {
  const candidates: Candidates = new Map()
  const planOf = ({ sources }: OpenShard) => allRead(sources.map((source) => candidatesIn(source, clause)))
  const found = await live.read(store, open, planOf, 'more_follow')
  for (const [term, distance] of found.flat().flatMap((some) => [...some])) keepLeast(candidates, term, distance)
  const docFreqs = await docFreqsOf(clause.field, [...candidates.keys()], { open, live, store })
  const best = [...candidates]
    .map(([term, distance]) => ({ term, distance, docFreq: docFreqs.get(termName(clause.field, term)) ?? 0 }))
    .sort((a, b) => a.distance - b.distance || b.docFreq - a.docFreq || compareUtf8(a.term, b.term))
    .slice(0, clause.variants)
  const length = codePointsOf(clause.form).length
  const clauses = best.map(({ term, distance }): Clause => {
    return { kind: 'term', field: clause.field, term, boost: 1 - distance / length }
  })
  return { kind: 'fields', mode: 'best', clauses, boost: clause.boost }
}

function candidatesIn({ reader }: SegmentSource, clause: FuzzyClause): Plan<Candidates> {
  const wanted = codePointsOf(clause.form)
  const range = prefixRange(String.fromCodePoint(wanted[0]!))
  const scanned = allRead<[TermEntry[], TermEntry[]]>([
    reader.terms.scan(clause.field, 'text', range),
    reader.terms.scan(clause.field, 'form', range),
  ])
  return whenRead(scanned, ([terms, forms]) => {
    const candidates: Candidates = new Map()
    for (const { term: form, indexedTerm } of [...terms.filter((entry) => entry.ownForm), ...forms]) {
      const distance = editDistance(wanted, codePointsOf(form), clause.distance)
      // A word that needs as many edits as it has letters shares nothing with it, and would score nothing.
      if (distance <= clause.distance && distance < wanted.length) keepLeast(candidates, indexedTerm, distance)
    }
    return candidates
  })
}

function keepLeast(candidates: Candidates, term: string, distance: number): void {
  const known = candidates.get(term)
  if (known === undefined || distance < known) candidates.set(term, distance)
}

async function docFreqsOf(
  field: number,
  terms: readonly string[],
  { open, live, store }: Searched,
): Promise<Map<string, number>> {
  const keys = terms.map((term) => ({ field, lane: 'text' as const, term }))
  const planOf = ({ reader }: SegmentSource): Plan<readonly number[]> =>
    keys.length > EAGER_CANDIDATES_MAX
      ? whenRead(reader.terms.lookup(keys), (entries) => entries.map((entry) => entry?.docFreq ?? 0))
      : whenRead(reader.terms.lists(keys, 'postings'), (lists) => lists.map((found) => found?.list.docFreq ?? 0))
  const found = await live.read(store, open, ({ sources }) => allRead(sources.map(planOf)), 'more_follow')
  const docFreqs = new Map<string, number>()
  for (const counts of found.flat()) {
    for (const [k, docFreq] of counts.entries()) {
      const name = termName(field, terms[k]!)
      docFreqs.set(name, (docFreqs.get(name) ?? 0) + docFreq)
    }
  }
  return docFreqs
}

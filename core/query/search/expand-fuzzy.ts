import { popCount } from '../../bytes/bitset.ts'
import { lettersOf } from '../../dictionary/entry-names.ts'
import { codePointsOf, editDistance } from '../../edit-distance.ts'
import type { LiveShards } from '../../reading/live-shards.ts'
import type { OpenShard } from '../../reading/open-sources.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import { allRead, type Plan, whenRead } from '../../segment/format/read-plan.ts'
import type { EntryScan, TermKey } from '../../segment/read/term-entry.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { compareUtf8 } from '../../utf8.ts'
import { prefixRange } from '../filter/term-range.ts'
import type { Clause } from '../language/clause.ts'
import { type FuzzyClause, leavesOf, mapLeaves, termName } from '../score/clause-needs.ts'

/** Up to this number of candidates, their postings are read before the variants are chosen: this saves a round. */
const EAGER_CANDIDATES_MAX = 256
/** Memory of a candidate: its term, and its entry in maps and lists. */
const CANDIDATE_BYTES = 200

/** The shards whose dictionaries are scanned. */
type Searched = { readonly open: readonly OpenShard[]; readonly live: LiveShards; readonly store: ObjectStore }

/** Term → smallest distance of any of its forms. */
type Candidates = Map<string, number>

/** A fuzzy word of a query, its code points, and the scan that finds its candidates. */
type FuzzyWord = { readonly clause: FuzzyClause; readonly points: readonly number[]; readonly scan: EntryScan }

/**
 * Replaces each fuzzy word with its variants: the terms of words within the distance that have the same first letter. The best
 * candidates of all segments together are chosen by (distance, number of documents with the term, term), so the choice does
 * not depend on how documents are spread over segments.
 *
 * Takes two rounds: one pass per field finds the candidates of all its fuzzy words, then their document frequencies are read.
 *
 * @throws {LimitExceededError} 'budget_exceeded'
 */
export async function expandFuzzy(clause: Clause, searched: Searched): Promise<Clause> {
  const wanted = Array.from(leavesOf(clause)).flatMap((leaf) => (leaf.kind === 'fuzzy' ? [fuzzyWord(leaf)] : []))
  if (wanted.length === 0) return clause
  const { open, live, store } = searched
  const planOf = ({ sources }: OpenShard) => allRead(sources.map((source) => candidatesIn(source, wanted)))
  const found = await live.read(store, open, planOf, 'more_follow')
  const candidates = await live.takeSteps(mergeCandidates(wanted, found.flat()))
  const docFreqs = await docFreqsOf(keysOf(wanted, candidates), searched)
  const chosen = await live.takeSteps(chooseVariants(wanted, candidates, docFreqs))
  return mapLeaves(clause, (leaf) => chosen.get(leaf) ?? leaf)
}

function fuzzyWord(clause: FuzzyClause): FuzzyWord {
  const points = codePointsOf(clause.form)
  const ranges = [prefixRange(String.fromCodePoint(points[0]!))]
  return { clause, points, scan: { ranges, accepts: mayBeNear(clause.form, clause.distance) } }
}

/**
 * Tests by length and letters alone whether an entry can be within `distance` edits of a word: one edit adds at most one letter
 * and removes at most one.
 */
export function mayBeNear(form: string, distance: number): NonNullable<EntryScan['accepts']> {
  const length = codePointsOf(form).length
  const letters = lettersOf(form)
  return (names, i) => {
    if (Math.abs(names.lengths[i]! - length) > distance) return false
    const own = names.letters[i]!
    return popCount(own & ~letters) <= distance && popCount(letters & ~own) <= distance
  }
}

/** The candidates for each word in one segment. */
function candidatesIn({ reader, memory }: SegmentSource, wanted: readonly FuzzyWord[]): Plan<Candidates[]> {
  const candidates = wanted.map((): Candidates => new Map())
  const plans = [...new Set(wanted.map(({ clause }) => clause.field))].flatMap((field) => {
    const numbers = [...wanted.keys()].filter((w) => wanted[w]!.clause.field === field)
    const scans = numbers.map((w) => wanted[w]!.scan)
    return (['text', 'form'] as const).map((lane) =>
      reader.terms.visit(field, lane, scans, (scan, names, i) => {
        if (lane === 'text' && !names.block.ownForm(i)) return
        const { clause, points } = wanted[numbers[scan]!]!
        const distance = editDistance(points, names.points(i), clause.distance)
        // A word that differs in as many edits as the fuzzy word has letters shares no letter with it, and would score 0.
        if (distance > clause.distance || distance >= points.length) return
        if (keepLeast(candidates[numbers[scan]!]!, names.block.indexedTerm(i), distance)) memory?.take(CANDIDATE_BYTES)
      }),
    )
  })
  return whenRead(allRead(plans), () => candidates)
}

/** @returns whether the term is new */
function keepLeast(candidates: Candidates, term: string, distance: number): boolean {
  const known = candidates.get(term)
  if (known === undefined || distance < known) candidates.set(term, distance)
  return known === undefined
}

/** For each word, the candidates of all segments. */
function* mergeCandidates(
  wanted: readonly FuzzyWord[],
  found: readonly (readonly Candidates[])[],
): Generator<void, Candidates[]> {
  const all: Candidates[] = []
  for (const w of wanted.keys()) {
    const merged: Candidates = new Map()
    for (const some of found) for (const [term, distance] of some[w]!) keepLeast(merged, term, distance)
    all.push(merged)
    yield
  }
  return all
}

/** The terms that are candidates for any word, without duplicates. */
function keysOf(wanted: readonly FuzzyWord[], candidates: readonly Candidates[]): TermKey[] {
  const keys = new Map<string, TermKey>()
  for (const [w, { clause }] of wanted.entries()) {
    for (const term of candidates[w]!.keys()) {
      keys.set(termName(clause.field, term), { field: clause.field, lane: 'text', term })
    }
  }
  return [...keys.values()]
}

/** For each fuzzy word, the clause that replaces it. */
function* chooseVariants(
  wanted: readonly FuzzyWord[],
  candidates: readonly Candidates[],
  docFreqs: ReadonlyMap<string, number>,
): Generator<void, Map<Clause, Clause>> {
  const chosen = new Map<Clause, Clause>()
  for (const [w, { clause, points }] of wanted.entries()) {
    const { field, variants, boost } = clause
    const best = Array.from(candidates[w]!, ([term, distance]) => {
      return { term, distance, docFreq: docFreqs.get(termName(field, term)) ?? 0 }
    })
      .sort((a, b) => a.distance - b.distance || b.docFreq - a.docFreq || compareUtf8(a.term, b.term))
      .slice(0, variants)
    const clauses = best.map(({ term, distance }): Clause => {
      return { kind: 'term', field, term, boost: 1 - distance / points.length }
    })
    chosen.set(clause, { kind: 'fields', mode: 'best', clauses, boost })
    yield
  }
  return chosen
}

async function docFreqsOf(
  keys: readonly TermKey[],
  { open, live, store }: Searched,
): Promise<ReadonlyMap<string, number>> {
  const planOf = ({ reader }: SegmentSource): Plan<readonly number[]> =>
    keys.length > EAGER_CANDIDATES_MAX
      ? whenRead(reader.terms.lookup(keys), (entries) => entries.map((entry) => entry?.docFreq ?? 0))
      : whenRead(reader.terms.lists(keys, 'postings'), (lists) => lists.map((found) => found?.list.docFreq ?? 0))
  const found = await live.read(store, open, ({ sources }) => allRead(sources.map(planOf)), 'more_follow')
  const docFreqs = new Map<string, number>()
  for (const counts of found.flat()) {
    for (const [k, docFreq] of counts.entries()) {
      const name = termName(keys[k]!.field, keys[k]!.term)
      docFreqs.set(name, (docFreqs.get(name) ?? 0) + docFreq)
    }
  }
  return docFreqs
}

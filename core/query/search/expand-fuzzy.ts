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

/** Candidates whose postings are worth fetching before it is known which of them are searched for. */
const EAGER_CANDIDATES_MAX = 256
/** Memory of a candidate: its term, and its entry in maps and lists. */
const CANDIDATE_BYTES = 200

/** The shards that words are looked for in. */
type Searched = { readonly open: readonly OpenShard[]; readonly live: LiveShards; readonly store: ObjectStore }

/** Term → least distance of any of its forms. */
type Candidates = Map<string, number>

/** A fuzzy word of a query, and what it is compared by. */
type Wanted = { readonly clause: FuzzyClause; readonly points: readonly number[]; readonly scan: EntryScan }

/**
 * Replaces fuzzy words by the terms that they may stand for: those of words
 * within the distance whose first letter is the same. Of all segments together
 * the best are taken by (distance, documents that contain the term, term), so that the choice
 * does not depend on how documents are spread over segments.
 *
 * Two rounds: the words in range, in one pass for all fuzzy words of a field, then the candidates' document frequencies.
 *
 * @throws {LimitExceededError} 'budget_exceeded'
 */
export async function expandFuzzy(clause: Clause, searched: Searched): Promise<Clause> {
  const wanted = Array.from(leavesOf(clause)).flatMap((leaf) => (leaf.kind === 'fuzzy' ? [wantedWord(leaf)] : []))
  if (wanted.length === 0) return clause
  const { open, live, store } = searched
  const planOf = ({ sources }: OpenShard) => allRead(sources.map((source) => candidatesIn(source, wanted)))
  const found = await live.read(store, open, planOf, 'more_follow')
  const candidates = await live.takeSteps(mergeCandidates(wanted, found.flat()))
  const docFreqs = await docFreqsOf(keysOf(wanted, candidates), searched)
  const chosen = await live.takeSteps(chooseVariants(wanted, candidates, docFreqs))
  return mapLeaves(clause, (leaf) => chosen.get(leaf) ?? leaf)
}

function wantedWord(clause: FuzzyClause): Wanted {
  const points = codePointsOf(clause.form)
  const ranges = [prefixRange(String.fromCodePoint(points[0]!))]
  return { clause, points, scan: { ranges, accepts: mayBeNear(clause.form, clause.distance) } }
}

/**
 * Whether an entry can be within so many edits of a word, by its length and its letters alone: an edit adds one letter at
 * most, and removes one at most.
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
function candidatesIn({ reader, memory }: SegmentSource, wanted: readonly Wanted[]): Plan<Candidates[]> {
  const candidates = wanted.map((): Candidates => new Map())
  const plans = [...new Set(wanted.map(({ clause }) => clause.field))].flatMap((field) => {
    const numbers = [...wanted.keys()].filter((w) => wanted[w]!.clause.field === field)
    const scans = numbers.map((w) => wanted[w]!.scan)
    return (['text', 'form'] as const).map((lane) =>
      reader.terms.visit(field, lane, scans, (scan, names, i) => {
        if (lane === 'text' && !names.block.ownForm(i)) return
        const { clause, points } = wanted[numbers[scan]!]!
        const distance = editDistance(points, names.points(i), clause.distance)
        // A word that needs as many edits as it has letters shares nothing with it, and would score nothing.
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

/** The candidates of all segments, word by word. */
function* mergeCandidates(
  wanted: readonly Wanted[],
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

/** The terms that are candidates for any word, each once. */
function keysOf(wanted: readonly Wanted[], candidates: readonly Candidates[]): TermKey[] {
  const keys = new Map<string, TermKey>()
  for (const [w, { clause }] of wanted.entries()) {
    for (const term of candidates[w]!.keys()) {
      keys.set(termName(clause.field, term), { field: clause.field, lane: 'text', term })
    }
  }
  return [...keys.values()]
}

/** Word by word what stands for it. */
function* chooseVariants(
  wanted: readonly Wanted[],
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

import { andNotInto } from '../../bytes/bitset.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import { allRead, type Plan, whenRead } from '../../segment/format/read-plan.ts'
import type { ListsOfTerm, WantedLists } from '../../segment/read/term-entry.ts'
import { clauseSets, type MatchedSet, type SetClause } from '../filter/clause-sets.ts'
import { type DocumentSet, filterSet } from '../filter/document-set.ts'
import type { SimpleFilter } from '../filter/simplify-filter.ts'
import type { SortKey } from '../language/clause.ts'
import type { CandidateSegment } from './candidate.ts'
import type { ClauseNeeds, EqualSets, NamedKey } from './clause-needs.ts'
import type { Part } from './part.ts'

/** A segment and everything that a query needs from it, in memory: scoring never waits for a read. */
export type PreparedSegment = CandidateSegment & {
  readonly source: SegmentSource
  /** `termName` → lists. Terms that the segment does not have are missing. */
  readonly terms: ReadonlyMap<string, ListsOfTerm>
  /** The matches of set clauses. Clauses without matches in the segment are missing. */
  readonly sets: ReadonlyMap<SetClause, MatchedSet>
  /** Documents that may be hits: accepted by the filter and not deleted. Undefined means all documents. */
  readonly accepted: DocumentSet | undefined
  /** The data that each part of the search has read, in the order of the parts. */
  readonly parts: readonly unknown[]
}

/** What a search reads from a segment before it scores. */
export type QueryNeeds = {
  readonly clause: ClauseNeeds
  readonly filter: SimpleFilter | undefined
  readonly sort: readonly SortKey[]
  readonly parts: readonly Part[]
}

/**
 * Reads everything that a query needs from one segment before matches are known: one round for terms and columns, two for
 * phrases, patterns and ranges. Sort columns are read later.
 */
export function prepareSegment(source: SegmentSource, needs: QueryNeeds): Plan<PreparedSegment> {
  const { terms: keys, phraseTerms: phraseKeys, sets: clauses } = needs.clause
  const isPlain = clauses.length === 0 && !needs.filter && needs.parts.length === 0
  if (isPlain && (keys.length === 0 || phraseKeys.length === 0)) {
    const terms = keys.length > 0 ? readTerms(source, keys, 'postings') : readTerms(source, phraseKeys, 'positions')
    return whenRead(terms, (read) => prepared(source, { terms: read }))
  }
  const read = allRead<[Terms, Terms, NamedSet[], DocumentSet | undefined, unknown[]]>([
    readTerms(source, keys, 'postings'),
    readTerms(source, phraseKeys, 'positions'),
    readSets(source, clauses),
    needs.filter && filterSet(source, needs.filter),
    allRead(needs.parts.map((part) => part.plan(source))),
  ])
  return whenRead(read, ([scored, phrases, sets, accepted, parts]) =>
    prepared(source, {
      terms: phrases.size > 0 ? new Map([...scored, ...phrases]) : scored,
      sets: new Map(sets),
      accepted,
      parts,
    }),
  )
}

type Terms = ReadonlyMap<string, ListsOfTerm>
type NamedSet = readonly [SetClause, MatchedSet]

const NO_TERMS: Terms = new Map()
const NO_SETS: PreparedSegment['sets'] = new Map()
const NO_PARTS: PreparedSegment['parts'] = []

/** @param read the data read; `accepted` is the filter's set, including deleted documents */
function prepared(
  source: SegmentSource,
  {
    terms,
    sets = NO_SETS,
    accepted,
    parts = NO_PARTS,
  }: Pick<PreparedSegment, 'terms'> & Partial<Pick<PreparedSegment, 'sets' | 'accepted' | 'parts'>>,
): PreparedSegment {
  const { shard, position } = source
  return {
    shard,
    position,
    source,
    open: () => source,
    terms,
    sets,
    accepted: withoutDeleted(source, accepted),
    parts,
  }
}

function readTerms({ reader }: SegmentSource, keys: readonly NamedKey[], want: WantedLists): Plan<Terms> {
  if (keys.length === 0) return NO_TERMS
  return whenRead(reader.terms.lists(keys, want), (lists) => {
    const terms = new Map<string, ListsOfTerm>()
    for (const [k, found] of lists.entries()) if (found !== undefined) terms.set(keys[k]!.name, found)
    return terms
  })
}

function readSets(source: SegmentSource, groups: readonly EqualSets[]): Plan<NamedSet[]> {
  const sets = clauseSets(
    source,
    groups.map(([first]) => first),
  )
  return whenRead(sets, (found) =>
    groups.flatMap((equal, i) => {
      const set = found[i]
      return set === undefined ? [] : equal.map((clause): NamedSet => [clause, set])
    }),
  )
}

/** @param accepted a set that only this search uses; it is changed */
function withoutDeleted({ deletions }: SegmentSource, accepted: DocumentSet | undefined): DocumentSet | undefined {
  if (deletions === undefined) return accepted
  if (accepted === undefined) return deletions.live
  andNotInto(accepted, deletions.deleted)
  return accepted
}

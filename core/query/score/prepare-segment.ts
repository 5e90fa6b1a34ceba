import type { Column } from '../../columns/column.ts'
import type { FieldNumber } from '../../fields/field.ts'
import { allHere, type MaybePromise, whenHere } from '../../maybe-promise.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import type { Bitset } from '../../segment/format/tombstones.ts'
import type { ListsOfTerm, SegmentReader, WantedLists } from '../../segment/read/segment-reader.ts'
import { andNotInto, setFirst, wordsFor } from '../filter/bits.ts'
import { clauseSet, type DocumentSet, filterSet, type SetClause } from '../filter/document-set.ts'
import type { Filter, SortKey } from '../language/clause.ts'
import type { CandidateSegment } from './candidate.ts'
import type { ClauseNeeds, NamedKey } from './clause-needs.ts'

/** A segment with all that a query needs of it in memory: from here on nothing waits. */
export type PreparedSegment = CandidateSegment & {
  readonly source: SegmentSource
  /** By `termName`; terms that the segment does not have are missing. */
  readonly terms: ReadonlyMap<string, ListsOfTerm>
  readonly sets: ReadonlyMap<SetClause, DocumentSet>
  /** Documents that may be hits: accepted by the filter, and not deleted. Undefined: all. */
  readonly accepted: DocumentSet | undefined
  readonly sortColumns: ReadonlyMap<FieldNumber, Column>
}

export type QueryNeeds = {
  readonly clause: ClauseNeeds
  readonly filter: Filter | undefined
  readonly sort: readonly SortKey[]
}

/** Reads what a query needs of one segment: one round for terms and columns, two for phrases, patterns and ranges. */
export function prepareSegment(source: SegmentSource, needs: QueryNeeds): MaybePromise<PreparedSegment> {
  const { terms: keys, phraseTerms: phraseKeys, sets: clauses } = needs.clause
  const isPlain = clauses.length === 0 && !needs.filter && needs.sort.length === 0
  if (isPlain && (keys.length === 0 || phraseKeys.length === 0)) {
    const terms = keys.length > 0 ? readTerms(source, keys, 'postings') : readTerms(source, phraseKeys, 'positions')
    return whenHere(terms, (read) => prepared(source, { terms: read }))
  }
  const read = allHere<[Terms, Terms, NamedSet[], DocumentSet | undefined, NamedColumn[]]>([
    readTerms(source, keys, 'postings'),
    readTerms(source, phraseKeys, 'positions'),
    clauses.length > 0 ? readSets(source, clauses) : [],
    needs.filter && filterSet(source, needs.filter),
    needs.sort.length > 0 ? readSortColumns(source, needs.sort) : [],
  ])
  return whenHere(read, ([scored, phrases, sets, accepted, sortColumns]) =>
    prepared(source, {
      terms: phrases.size > 0 ? new Map([...scored, ...phrases]) : scored,
      sets: new Map(sets),
      accepted,
      sortColumns: new Map(sortColumns),
    }),
  )
}

type Terms = ReadonlyMap<string, ListsOfTerm>
type NamedSet = readonly [SetClause, DocumentSet]
type NamedColumn = readonly [FieldNumber, Column]

const NO_TERMS: Terms = new Map()
const NO_SETS: PreparedSegment['sets'] = new Map()
const NO_COLUMNS: PreparedSegment['sortColumns'] = new Map()

/** @param read what was read; `accepted` are the documents that a filter leaves, deleted ones included */
function prepared(
  source: SegmentSource,
  {
    terms,
    sets = NO_SETS,
    accepted,
    sortColumns = NO_COLUMNS,
  }: Pick<PreparedSegment, 'terms'> & Partial<Pick<PreparedSegment, 'sets' | 'accepted' | 'sortColumns'>>,
): PreparedSegment {
  return { source, open: () => source, terms, sets, accepted: withoutDeleted(source, accepted), sortColumns }
}

function readTerms(
  { reader, store }: SegmentSource,
  keys: readonly NamedKey[],
  want: WantedLists,
): MaybePromise<Terms> {
  if (keys.length === 0) return NO_TERMS
  return whenHere(reader.lists(store, keys, want), (lists) => {
    const terms = new Map<string, ListsOfTerm>()
    for (const [k, found] of lists.entries()) if (found !== undefined) terms.set(keys[k]!.name, found)
    return terms
  })
}

function readSets(source: SegmentSource, clauses: readonly SetClause[]): MaybePromise<NamedSet[]> {
  const sets = allHere(clauses.map((clause) => clauseSet(source, clause)))
  return whenHere(sets, (read) => clauses.map((clause, i) => [clause, read[i]!]))
}

async function readSortColumns({ reader, store }: SegmentSource, sort: readonly SortKey[]): Promise<NamedColumn[]> {
  const fields = sort.flatMap((key) => (key.kind === 'field' ? [key.field] : []))
  const columns = await Promise.all(fields.map((field) => reader.column(store, field)))
  return fields.map((field, i) => [field, columns[i]!])
}

function withoutDeleted(source: SegmentSource, accepted: DocumentSet | undefined): DocumentSet | undefined {
  if (source.deleted === undefined) return accepted
  if (accepted === undefined) return liveSet(source.reader, source.deleted)
  andNotInto(accepted, source.deleted)
  return accepted
}

/** Of each open segment what its newest tombstones leave: it is asked for by every search until the next deletion. */
const liveSets = new WeakMap<SegmentReader, { readonly deleted: Bitset; readonly live: DocumentSet }>()

function liveSet(reader: SegmentReader, deleted: Bitset): DocumentSet {
  const known = liveSets.get(reader)
  if (known?.deleted === deleted) return known.live
  const live = new Uint32Array(wordsFor(reader.docCount))
  setFirst(live, reader.docCount)
  andNotInto(live, deleted)
  liveSets.set(reader, { deleted, live })
  return live
}

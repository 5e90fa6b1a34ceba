import type { Column } from '../columns/column.ts'
import type { PositionList, PostingList } from '../postings/posting-list.ts'
import type { FieldNumber } from '../schema/schema.ts'
import type { TermEntry, TermKey } from '../segment/segment-reader.ts'
import { andNotInto, setFirst, wordsFor } from './bits.ts'
import type { CandidateSegment } from './candidate.ts'
import type { Filter, SortKey } from './clause.ts'
import { type ClauseNeeds, termName } from './clause-needs.ts'
import { clauseSet, type DocumentSet, filterSet, type SetClause } from './document-set.ts'
import type { SegmentSource } from './segment-source.ts'

export type PreparedTerm = { readonly list: PostingList; readonly positions: PositionList | undefined }

/** A segment with all that a query needs of it in memory: from here on nothing waits. */
export type PreparedSegment = CandidateSegment & {
  readonly source: SegmentSource
  /** By `termName`; terms that the segment does not have are missing. */
  readonly terms: ReadonlyMap<string, PreparedTerm>
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
export async function prepareSegment(source: SegmentSource, needs: QueryNeeds): Promise<PreparedSegment> {
  const { terms: keys, phraseTerms: phraseKeys, sets: clauses } = needs.clause
  // What is not needed is not waited for: with many small segments that would be most of a search.
  const [words, phraseWords, sets, accepted, sortColumns] = await Promise.all([
    keys.length > 0 ? readTerms(source, keys) : [],
    phraseKeys.length > 0 ? readPhraseTerms(source, phraseKeys) : [],
    clauses.length > 0 ? readSets(source, clauses) : [],
    needs.filter && filterSet(source, needs.filter),
    needs.sort.length > 0 ? readSortColumns(source, needs.sort) : [],
  ])
  return {
    source,
    open: async () => source,
    terms: new Map(phraseWords.length > 0 ? [...words, ...phraseWords] : words),
    sets: new Map(sets),
    accepted: withoutDeleted(source, accepted),
    sortColumns: new Map(sortColumns),
  }
}

type NamedTerm = readonly [name: string, term: PreparedTerm]

async function readTerms({ reader, store }: SegmentSource, keys: readonly TermKey[]): Promise<NamedTerm[]> {
  const entries = present(await reader.lookup(store, keys, 'postings'))
  if (entries.length === 0) return []
  const lists = await reader.postings(store, entries)
  return entries.map((entry, i) => [nameOf(entry), { list: lists[i]!, positions: undefined }])
}

async function readPhraseTerms({ reader, store }: SegmentSource, keys: readonly TermKey[]): Promise<NamedTerm[]> {
  const entries = present(await reader.lookup(store, keys, 'positions'))
  if (entries.length === 0) return []
  const [lists, positions] = await Promise.all([reader.postings(store, entries), reader.positions(store, entries)])
  return entries.map((entry, i) => [nameOf(entry), { list: lists[i]!, positions: positions[i] }])
}

function present(entries: readonly (TermEntry | undefined)[]): TermEntry[] {
  return entries.filter((entry) => entry !== undefined)
}

function nameOf(entry: TermEntry): string {
  return termName(entry.field, entry.term)
}

async function readSets(
  source: SegmentSource,
  clauses: readonly SetClause[],
): Promise<(readonly [SetClause, DocumentSet])[]> {
  const sets = await Promise.all(clauses.map((clause) => clauseSet(source, clause)))
  return clauses.map((clause, i) => [clause, sets[i]!])
}

async function readSortColumns(
  { reader, store }: SegmentSource,
  sort: readonly SortKey[],
): Promise<(readonly [FieldNumber, Column])[]> {
  const fields = sort.flatMap((key) => (key.kind === 'field' ? [key.field] : []))
  const columns = await Promise.all(fields.map((field) => reader.column(store, field)))
  return fields.map((field, i) => [field, columns[i]!])
}

function withoutDeleted(source: SegmentSource, accepted: DocumentSet | undefined): DocumentSet | undefined {
  const { deleted, reader } = source
  if (deleted === undefined) return accepted
  const live = accepted ?? new Uint32Array(wordsFor(reader.docCount))
  if (accepted === undefined) setFirst(live, reader.docCount)
  andNotInto(live, deleted)
  return live
}

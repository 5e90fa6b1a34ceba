import type { FieldNumber } from '../../fields/field.ts'
import { hasKeywords } from '../../fields/kinds.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import type { Schema } from '../../schema/schema.ts'
import { allRead, type Plan, whenRead } from '../../segment/format/read-plan.ts'
import type { Clause, SortKey } from '../language/clause.ts'
import type { Candidate } from './candidate.ts'
import { compileClause, type Weights } from './compile-clause.ts'
import { executeSegment } from './execute-segment.ts'
import type { Part, Partials } from './part.ts'
import type { PreparedSegment } from './prepare-segment.ts'
import { columnKey, idKey, SCORE_KEY, type SegmentSortKey } from './segment-sort-key.ts'
import type { SortValue } from './sort-values.ts'
import { SortedDocs } from './sorted-docs.ts'
import type { Collector, TopDocs } from './top-docs.ts'
import { type WindowArena, withArena } from './window-arena.ts'

export type SegmentQuery = {
  readonly clause: Clause
  readonly schema: Schema
  readonly sort: readonly SortKey[]
  /** Hits that can be on the page at all: offset + limit. */
  readonly candidatesMax: number
  /** Matches are counted up to this number; 0: not at all. */
  readonly countMax: number
  /** Sections of the answer that every match contributes to. */
  readonly parts: readonly Part[]
}

export type SegmentResult = {
  readonly candidates: readonly Candidate<PreparedSegment>[]
  readonly count: number
  readonly partials: Partials
}

/** Whether an order is the default one: by score, ties by id. */
export function isByScore([first, second]: readonly SortKey[]): boolean {
  if (first === undefined) return true
  return first.kind === 'score' && (second === undefined || (second.kind === 'id' && !second.descending))
}

/** What a search of several segments runs with. */
export type SegmentRun = { readonly weights: Weights; readonly arena: WindowArena; readonly parts: readonly Part[] }

/**
 * Searches a prepared segment for what comes first by score, as far as a collector that begins wants it.
 *
 * @param countMax matches are counted up to this number; 0: not at all
 */
export function* searchByScore(
  segment: PreparedSegment,
  clause: Clause,
  running: SegmentRun & { readonly collector: TopDocs; readonly countMax: number },
): Generator<void, SegmentResult> {
  const matched = yield* collect(segment, clause, running)
  const candidates = running.collector.ranked().map(({ doc, score }) => ({ segment, doc, score, values: NO_VALUES }))
  return { candidates, ...matched }
}

const NO_VALUES: readonly SortValue[] = []

/** Searches a prepared segment for what comes first by several keys. Keywords are compared by ordinals: {@link nameKeywords} follows. */
export function* searchBySort(
  segment: PreparedSegment,
  query: SegmentQuery,
  running: SegmentRun,
): Generator<void, SegmentResult> {
  const collector = new SortedDocs(
    Math.min(query.candidatesMax, segment.source.reader.docCount),
    query.sort.map((key) => segmentKey(key, segment)),
  )
  const matched = yield* collect(segment, query.clause, { ...running, collector, countMax: query.countMax })
  const candidates = collector.ranked().map(({ doc, score, values }) => ({ segment, doc, score, values }))
  return { candidates, ...matched }
}

/** @returns the number of matches, as {@link executeSegment} counts them, and what parts made of them */
function* collect(
  segment: PreparedSegment,
  clause: Clause,
  running: SegmentRun & { readonly collector: Collector; readonly countMax: number },
): Generator<void, Pick<SegmentResult, 'count' | 'partials'>> {
  const { weights, arena, collector, countMax } = running
  const { source, accepted } = segment
  const parts = running.parts.map((part, p) => part.begin(source, segment.parts[p]))
  arena.reset()
  const steps = withArena(arena, () => {
    const root = compileClause(clause, segment, weights)
    const { docCount } = source.reader
    return root && executeSegment({ root, docCount, accepted, collector, countMax, parts })
  })
  const count = steps === undefined ? 0 : yield* steps
  return { count, partials: parts.map((part) => part.end()) }
}

function segmentKey(key: SortKey, { sortColumns }: PreparedSegment): SegmentSortKey {
  switch (key.kind) {
    case 'score':
      return SCORE_KEY
    case 'id':
      return idKey(key.descending)
    case 'field':
      return columnKey(sortColumns.get(key.field)!, key.descending)
  }
}

/**
 * Replaces ordinals by the strings they stand for, and docIds, which mean nothing in other segments, by nothing: one
 * round.
 *
 * @param candidates of one segment
 */
export function nameKeywords(
  candidates: readonly Candidate<PreparedSegment>[],
  { sort, schema }: Pick<SegmentQuery, 'sort' | 'schema'>,
): Plan<Candidate<PreparedSegment>[]> {
  const columns = sort.map((key, k): Plan<readonly SortValue[]> => {
    const values = candidates.map((candidate) => candidate.values[k])
    if (key.kind === 'id') return values.map(() => undefined)
    if (key.kind !== 'field' || !hasKeywords(schema.fields[key.field]!)) return values
    return namesOf(values, key.field, candidates[0]?.segment.source)
  })
  return whenRead(allRead(columns), (named) =>
    candidates.map((candidate, i) => ({ ...candidate, values: named.map((values) => values[i]) })),
  )
}

function namesOf(
  ordinals: readonly SortValue[],
  field: FieldNumber,
  source: SegmentSource | undefined,
): Plan<readonly SortValue[]> {
  const present = ordinals.filter((ordinal) => ordinal !== undefined)
  if (source === undefined || present.length === 0) return ordinals
  return whenRead(source.reader.terms.valuesAt(field, present.map(Number)), (strings) => {
    let next = 0
    return ordinals.map((ordinal) => (ordinal === undefined ? undefined : strings[next++]))
  })
}

import type { Schema } from '../../schema/schema.ts'
import type { DocumentSet } from '../filter/document-set.ts'
import type { SimpleFilter } from '../filter/simplify-filter.ts'
import type { Clause, SortKey } from '../language/clause.ts'
import type { SearchPartial } from './candidate.ts'
import { countLeaves } from './clause-needs.ts'
import { compileClause, type Weights } from './compile-clause.ts'
import { executeSegment } from './execute-segment.ts'
import type { Part, PartRun } from './part.ts'
import type { PreparedSegment } from './prepare-segment.ts'
import type { SortValue } from './sort-values.ts'
import type { Collector, TopDocs } from './top-docs.ts'
import { type WindowArena, withArena } from './window-arena.ts'

/** A search, in the form in which every segment is searched. */
export type SegmentQuery = {
  readonly schema: Schema
  /** Has no fuzzy words when segments are searched: the root expands them first. */
  readonly clause: Clause
  readonly filter: SimpleFilter | undefined
  readonly sort: readonly SortKey[]
  /** The most hits that can decide the page: offset + limit. */
  readonly candidatesMax: number
  /** Matches are counted up to this number; 0 means that they are not counted. */
  readonly countMax: number
  /** The sections of the answer to which every match contributes. */
  readonly parts: readonly Part[]
}

/** The state that the segments of one search share. */
export type SegmentRun = { readonly weights: Weights; readonly arena: WindowArena }

/** Whether an order is the default one: by score, ties by id. */
export function isByScore([first, second]: readonly SortKey[]): boolean {
  if (first === undefined) return true
  return first.kind === 'score' && (second === undefined || (second.kind === 'id' && !second.descending))
}

/**
 * Finds the best documents of a prepared segment by score.
 *
 * @param running `after` is the result of the segments searched before: it lets this search skip lower scores
 */
export function* searchByScore(
  segment: PreparedSegment,
  query: SegmentQuery,
  running: SegmentRun & { readonly topDocs: TopDocs; readonly after: SearchPartial },
): Generator<void, SearchPartial> {
  const { topDocs, after } = running
  const [best, counted] = after
  topDocs.begin(best[query.candidatesMax - 1]?.score ?? Number.NEGATIVE_INFINITY)
  // Counting stops when this segment's matches and those counted before exceed `countMax`.
  const countMax = query.countMax > 0 ? Math.max(0, query.countMax - counted + 1) : 0
  const matched = yield* collectMatches(segment, query, { ...running, collector: topDocs, countMax })
  return [topDocs.ranked().map(({ doc, score }) => ({ segment, doc, score, values: NO_VALUES })), ...matched]
}

const NO_VALUES: readonly SortValue[] = []

/** The results of a search other than hits. */
export type MatchesPartial = SearchPartial extends readonly [unknown, ...infer Rest] ? Readonly<Rest> : never

/**
 * Passes possible hits of a prepared segment to a collector. A step is several windows.
 *
 * @param running if `matches` is given, all matches are added to it
 * @returns the number of matches as {@link executeSegment} counts them, and the partials of the parts
 */
export function* collectMatches(
  segment: PreparedSegment,
  query: Pick<SegmentQuery, 'clause' | 'parts'>,
  running: SegmentRun & { readonly collector: Collector; readonly countMax: number; readonly matches?: DocumentSet },
): Generator<void, MatchesPartial> {
  const { weights, arena, collector, countMax, matches } = running
  const { source, accepted } = segment
  const parts = query.parts.map((part, p) => part.begin(source, segment.parts[p]))
  arena.reset()
  const leafCount = countLeaves(query.clause)
  yield* arena.makeScores(leafCount)
  const steps = withArena(arena, () => {
    const root = compileClause(query.clause, segment, weights)
    const { docCount } = source.reader
    const seeing = matches === undefined ? parts : [...parts, addTo(matches)]
    return root && executeSegment({ root, leafCount, docCount, accepted, collector, countMax, parts: seeing })
  })
  const count = steps === undefined ? 0 : yield* steps
  return [count, ...parts.map((part) => part.end())]
}

function addTo(matches: DocumentSet): PartRun<DocumentSet> {
  return {
    collect: (base, found) => matches.set(found.subarray(0, matches.length - (base >>> 5)), base >>> 5),
    end: () => matches,
  }
}

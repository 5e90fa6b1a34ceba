import type { Schema } from '../../schema/schema.ts'
import type { DocumentSet } from '../filter/document-set.ts'
import type { Clause, SortKey } from '../language/clause.ts'
import type { Candidate } from './candidate.ts'
import { compileClause, type Weights } from './compile-clause.ts'
import { executeSegment } from './execute-segment.ts'
import type { Part, Partials, PartRun } from './part.ts'
import type { PreparedSegment } from './prepare-segment.ts'
import type { SortValue } from './sort-values.ts'
import type { Collector, TopDocs } from './top-docs.ts'
import { type WindowArena, withArena } from './window-arena.ts'

/** A search, as one segment is asked for it. */
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

/** What a search found in one segment. */
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
  const matched = yield* collectMatches(segment, clause, running)
  const candidates = running.collector.ranked().map(({ doc, score }) => ({ segment, doc, score, values: NO_VALUES }))
  return { candidates, ...matched }
}

const NO_VALUES: readonly SortValue[] = []

/**
 * Hands the matches of a prepared segment that may be wanted to a collector.
 *
 * @param running with `matches`, all of them are added to it
 * @returns the number of matches, as {@link executeSegment} counts them, and what parts made of them
 */
export function* collectMatches(
  segment: PreparedSegment,
  clause: Clause,
  running: SegmentRun & { readonly collector: Collector; readonly countMax: number; readonly matches?: DocumentSet },
): Generator<void, Pick<SegmentResult, 'count' | 'partials'>> {
  const { weights, arena, collector, countMax, matches } = running
  const { source, accepted } = segment
  const parts = running.parts.map((part, p) => part.begin(source, segment.parts[p]))
  arena.reset()
  const steps = withArena(arena, () => {
    const root = compileClause(clause, segment, weights)
    const { docCount } = source.reader
    const seeing = matches === undefined ? parts : [...parts, addTo(matches)]
    return root && executeSegment({ root, docCount, accepted, collector, countMax, parts: seeing })
  })
  const count = steps === undefined ? 0 : yield* steps
  return { count, partials: parts.map((part) => part.end()) }
}

function addTo(matches: DocumentSet): PartRun<DocumentSet> {
  return {
    collect: (base, found) => matches.set(found.subarray(0, matches.length - (base >>> 5)), base >>> 5),
    end: () => matches,
  }
}

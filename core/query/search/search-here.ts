import type { LiveShards } from '../../reading/live-shards.ts'
import type { OpenShard } from '../../reading/open-sources.ts'
import type { FieldTotals } from '../../segment/format/segment-entry.ts'
import type { LengthNormsCache } from '../score/bm25.ts'
import type { Candidate } from '../score/candidate.ts'
import { needsOf } from '../score/clause-needs.ts'
import { Weights } from '../score/compile-clause.ts'
import { type PreparedSegment, prepareSegment } from '../score/prepare-segment.ts'
import {
  isByScore,
  type SegmentQuery,
  type SegmentResult,
  searchByScore,
  searchBySort,
} from '../score/search-segment.ts'
import { addStatistics, docFreqsOf, type Statistics } from '../score/statistics.ts'
import { TopDocs } from '../score/top-docs.ts'
import { expandFuzzy } from './expand-fuzzy.ts'
import type { SearchPlan } from './plan-search.ts'

/** What a search found, before documents are read. */
export type Found = {
  readonly candidates: readonly Candidate[]
  /** Matches, as far as they were to be counted. */
  readonly count: number
  readonly segments: number
  readonly statistics: Statistics
}

/**
 * Searches open shards in this process. Statistics come with the postings, so
 * that they cost no round of their own.
 */
export async function searchHere(
  open: readonly OpenShard[],
  plan: SearchPlan,
  { live, norms }: { readonly live: LiveShards; readonly norms: LengthNormsCache },
): Promise<Found> {
  const sources = open.flatMap((shard) => shard.sources)
  const clause = await expandFuzzy(plan.clause, sources, live)
  const needs = { clause: needsOf(clause), filter: plan.filter, sort: plan.sort }
  const prepared = await live.map(sources, (source) => prepareSegment(source, needs))
  const totals = open.filter(({ shard }) => live.isLive(shard)).flatMap(({ snapshot }) => fieldTotalsOf(snapshot))
  const statistics = addStatistics(totals, prepared.map(docFreqsOf))
  const query: SegmentQuery = { ...plan, clause, candidatesMax: plan.offset + plan.limit }
  const result = await searchPrepared(prepared, query, new Weights(plan.schema, statistics, norms))
  return { ...result, segments: prepared.length, statistics }
}

/** What a shard's manifest says of its live documents. */
export function fieldTotalsOf({ manifest }: OpenShard['snapshot']): FieldTotals[] {
  return manifest.segments.flatMap(({ liveFieldTotals }) => liveFieldTotals)
}

/** Searches prepared segments, with statistics of everything that is searched. */
export async function searchPrepared(
  segments: readonly PreparedSegment[],
  query: SegmentQuery,
  weights: Weights,
): Promise<SegmentResult> {
  if (isByScore(query.sort)) return searchAllByScore(segments, query, weights)
  const results = await Promise.all(segments.map((segment) => searchBySort(segment, query, weights)))
  return {
    candidates: results.flatMap((result) => result.candidates),
    count: results.reduce((sum, result) => sum + result.count, 0),
  }
}

/** One segment after the other, the largest first, each told what the ones before found. */
function searchAllByScore(segments: readonly PreparedSegment[], query: SegmentQuery, weights: Weights): SegmentResult {
  const candidates: Candidate<PreparedSegment>[] = []
  const { clause, candidatesMax } = query
  let best: number[] = []
  let count = 0
  const largestFirst = segments.slice().sort((a, b) => b.source.reader.docCount - a.source.reader.docCount)
  const collector = new TopDocs(Math.min(candidatesMax, largestFirst[0]?.source.reader.docCount ?? 0))
  for (const segment of largestFirst) {
    collector.begin(best.length < candidatesMax ? Number.NEGATIVE_INFINITY : (best.at(-1) ?? Number.NEGATIVE_INFINITY))
    // What is counted already need not be counted again.
    const countMax = Math.max(0, query.countMax - count + (query.countMax > 0 ? 1 : 0))
    const result = searchByScore(segment, clause, { weights, collector, countMax })
    count += result.count
    if (result.candidates.length === 0) continue
    for (const candidate of result.candidates) candidates.push(candidate)
    if (segments.length > 1) {
      best = best
        .concat(result.candidates.map(({ score }) => score))
        .sort((a, b) => b - a)
        .slice(0, candidatesMax)
    }
  }
  return { candidates, count }
}

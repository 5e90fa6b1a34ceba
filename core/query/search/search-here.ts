import type { LiveShards, OfShard } from '../../reading/live-shards.ts'
import type { OpenShard } from '../../reading/open-sources.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import { allRead, whenRead } from '../../segment/format/read-plan.ts'
import type { FieldTotals } from '../../segment/format/segment-entry.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import type { LengthNormsCache } from '../score/bm25.ts'
import type { Candidate } from '../score/candidate.ts'
import { needsOf } from '../score/clause-needs.ts'
import { Weights } from '../score/compile-clause.ts'
import { mergePartials, type Partials } from '../score/part.ts'
import { type PreparedSegment, prepareSegment } from '../score/prepare-segment.ts'
import {
  isByScore,
  type SegmentQuery,
  type SegmentResult,
  type SegmentRun,
  searchByScore,
} from '../score/search-segment.ts'
import { addStatistics, docFreqsOf, type Statistics } from '../score/statistics.ts'
import { TopDocs } from '../score/top-docs.ts'
import { returnArena, takeArena } from '../score/window-arena.ts'
import { readFirstBlocks } from '../sort/sort-segment.ts'
import { collectBySort } from './collect-by-sort.ts'
import { expandFuzzy } from './expand-fuzzy.ts'
import type { SearchPlan } from './plan-search.ts'

/** What a search in this process goes on with. */
export type Searching = { readonly live: LiveShards; readonly norms: LengthNormsCache; readonly store: ObjectStore }

/** What a search found, before documents are read. */
export type Found = {
  readonly candidates: readonly Candidate[]
  /** Matches, as far as they were to be counted. */
  readonly count: number
  /** What parts made of the matches, in the order of the plan's parts. */
  readonly partials: Partials
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
  { live, norms, store }: Searching,
): Promise<Found> {
  const clause = await expandFuzzy(plan.clause, { open, live, store })
  const prepared = await prepareShards(open, { ...plan, clause }, { live, store })
  const totals = open.filter(({ shard }) => live.isLive(shard)).flatMap(({ snapshot }) => fieldTotalsOf(snapshot))
  const statistics = addStatistics(totals, prepared.map(docFreqsOf))
  const query: SegmentQuery = { ...plan, clause, candidatesMax: plan.offset + plan.limit }
  const weights = new Weights(plan.schema, statistics, norms)
  const result = await searchPrepared(prepared, query, { weights, live, store })
  return { ...result, segments: prepared.length, statistics }
}

/** Reads what a query needs of every segment of every live shard. */
export async function prepareShards(
  open: readonly OpenShard[],
  { clause, filter, sort, parts }: Pick<SearchPlan, 'clause' | 'filter' | 'sort' | 'parts'>,
  { live, store }: Pick<Searching, 'live' | 'store'>,
): Promise<PreparedSegment[]> {
  const needs = { clause: needsOf(clause), filter, sort, parts }
  const prepare = (source: SegmentSource) =>
    whenRead(
      allRead<[PreparedSegment, unknown]>([prepareSegment(source, needs), readFirstBlocks(source, sort)]),
      ([segment]) => segment,
    )
  const planOf = ({ sources }: OpenShard) => allRead(sources.map(prepare))
  return (await live.read(store, open, planOf, 'more_follow')).flat()
}

/** What a shard's manifest says of its live documents. */
export function fieldTotalsOf({ manifest }: OpenShard['snapshot']): FieldTotals[] {
  return manifest.segments.flatMap(({ liveFieldTotals }) => liveFieldTotals)
}

/**
 * Searches prepared segments, with statistics of everything that is searched, in steps: other requests get their turns
 * in between, and what is not done by the deadline is late.
 */
export async function searchPrepared(
  segments: readonly PreparedSegment[],
  query: SegmentQuery,
  { weights, live, store }: { readonly weights: Weights } & Pick<Searching, 'live' | 'store'>,
): Promise<SegmentResult> {
  const arena = takeArena()
  try {
    const run = { weights, arena, parts: query.parts }
    const results = await (isByScore(query.sort)
      ? collectByScore(segments, query, { run, live })
      : collectBySort(segments, query, { run, live, store }))
    const done = results.filter(({ shard }) => live.isLive(shard))
    return {
      candidates: done.flatMap(({ candidates }) => candidates),
      count: done.reduce((sum, result) => sum + result.count, 0),
      partials: mergePartials(
        query.parts,
        done.map(({ partials }) => partials),
      ),
    }
  } finally {
    returnArena(arena)
  }
}

type OneResult = SegmentResult & OfShard
type Collecting = { readonly run: SegmentRun; readonly live: LiveShards }

/** One segment after the other, the largest first, each told what the ones before found. */
async function collectByScore(
  segments: readonly PreparedSegment[],
  { clause, candidatesMax, countMax }: SegmentQuery,
  { run, live }: Collecting,
): Promise<OneResult[]> {
  const results: OneResult[] = []
  let best: number[] = []
  let count = 0
  const largestFirst = segments.slice().sort((a, b) => b.source.reader.docCount - a.source.reader.docCount)
  const collector = new TopDocs(Math.min(candidatesMax, largestFirst[0]?.source.reader.docCount ?? 0))
  for (const segment of largestFirst) {
    const { shard } = segment
    collector.begin(best.length < candidatesMax ? Number.NEGATIVE_INFINITY : (best.at(-1) ?? Number.NEGATIVE_INFINITY))
    // What is counted already need not be counted again.
    const left = Math.max(0, countMax - count + (countMax > 0 ? 1 : 0))
    const result = await live.run(shard, searchByScore(segment, clause, { ...run, collector, countMax: left }))
    if (result === undefined) {
      // What this shard found may have kept others from looking further: none of them is whole.
      for (const other of segments) live.fail(other.shard, live.failures.get(shard))
      return []
    }
    count += result.count
    results.push({ shard, ...result })
    if (segments.length > 1 && result.candidates.length > 0) {
      best = best
        .concat(result.candidates.map(({ score }) => score))
        .sort((a, b) => b - a)
        .slice(0, candidatesMax)
    }
  }
  return results
}

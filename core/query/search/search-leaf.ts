import { PrismError, UnavailableError } from '../../errors.ts'
import { LiveShards } from '../../reading/live-shards.ts'
import { type OpenShard, openSources } from '../../reading/open-sources.ts'
import type { Reading } from '../../reading/read-context.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import type { ShardSnapshot } from '../../reading/snapshot.ts'
import { allRead, whenRead } from '../../segment/format/read-plan.ts'
import { shardPrefix } from '../../version/collection.ts'
import { EVERY_SEGMENT, type SegmentTest } from '../filter/segment-match.ts'
import type { Candidate } from '../score/candidate.ts'
import { Weights } from '../score/compile-clause.ts'
import { keepFirst, orderCandidates, settleTies } from '../score/order-hits.ts'
import type { Part } from '../score/part.ts'
import type { PreparedSegment } from '../score/prepare-segment.ts'
import { addDocFreqs, readDocFreqs } from '../score/statistics.ts'
import type {
  LeafHit,
  LeafOutcome,
  LeafSearch,
  LeafSearchAnswer,
  LeafShard,
  LeafStatistics,
  LeafStatisticsAnswer,
} from './leaf.ts'
import { readIds } from './read-candidates.ts'
import type { SearchContext } from './search-context.ts'
import { prepareShards, type Searching, searchPrepared } from './search-here.ts'
import { wantedSegments } from './wanted-segments.ts'

/** What a leaf is made of. */
export type LeafContext = Pick<SearchContext, 'clock' | 'deadlines' | 'norms' | 'segments' | 'beginReading' | 'parts'>

/** Hits of one answer, unless more are on the page: above it ties are settled here, by their ids. */
const TIED_HITS_MAX = 20_000

/**
 * Searches the shards that a root asks for: the same work as in the root's own
 * process, with statistics that come along. Rounds of requests when nothing is
 * cached: footers; dictionary entries with postings (one more for phrases and patterns).
 *
 * @throws {Error} only for our own defects: what a shard fails with is in the answer
 */
export async function searchLeaf(context: LeafContext, request: LeafSearch): Promise<LeafSearchAnswer> {
  return onShards(context, request, wantedSegments(request), async (open, { live, store }) => {
    const { sort, schema, statistics, candidatesMax } = request
    const parts = request.parts.map((name) => partNamed(context.parts, name))
    const prepared = await prepareShards(open, { ...request, parts }, { live, store })
    const weights = new Weights(schema, statistics, context.norms)
    const found = await searchPrepared(prepared, { ...request, parts }, { weights, live, store })
    const { candidates, count } = found
    const first = await boundHits(keepFirst(candidates, sort, candidatesMax), request, { live, store })
    const partials = Object.fromEntries(parts.map((part, p) => [part.name, part.encode(found.partials[p])]))
    return { hits: toHits(first, open), count, partials }
  })
}

/** @throws {UnavailableError} 'leaf_protocol' for a part that this version does not have */
function partNamed(parts: readonly Part[] = [], name: string): Part {
  const part = parts.find((one) => one.name === name)
  if (part !== undefined) return part
  throw new UnavailableError('leaf_protocol', `a root asks for part "${name}": a deployment may be under way`)
}

/** Document frequencies of the terms that a root asks for, shard by shard. */
export async function readLeafStatistics(context: LeafContext, request: LeafStatistics): Promise<LeafStatisticsAnswer> {
  return onShards(context, request, EVERY_SEGMENT, async (open, { live, store }) => {
    const planOf = ({ shard, sources }: OpenShard) =>
      whenRead(allRead(sources.map((source) => readDocFreqs(source, request.terms))), (read) => {
        return [shard, addDocFreqs(read)] as const
      })
    return { docFreqs: new Map(await live.read(store, open, planOf)) }
  })
}

/** Opens the wanted segments of a request's shards, does `work` on those that open, and says what became of each and what it cost. */
async function onShards<T>(
  context: LeafContext,
  request: Pick<LeafSearch, 'uid' | 'schema' | 'shards' | 'timeoutMs'>,
  wants: SegmentTest,
  work: (open: readonly OpenShard[], on: Pick<Searching, 'live' | 'store'>) => Promise<T>,
): Promise<T & LeafOutcome> {
  const { clock, deadlines, segments, beginReading } = context
  const startedMs = clock.monotonic()
  const reading: Reading = beginReading()
  const live = new LiveShards(request.shards.length, deadlines, request.timeoutMs)
  try {
    const snapshots = request.shards.map((shard) => toSnapshot(request.uid, shard, startedMs))
    const open = await openSources({ segments, schema: request.schema, reading, wants }, snapshots, live)
    const result = await work(open, { live, store: reading.store })
    const failures = Array.from(live.failures, ([shard, error]) => ({ shard, error: toPrismError(error) }))
    return { ...result, failures, cost: reading.cost(), tookMs: clock.monotonic() - startedMs }
  } finally {
    live.end()
  }
}

function toSnapshot(uid: string, { shard, manifest }: LeafShard, knownAtMs: number): ShardSnapshot {
  return { uid, shard, prefix: shardPrefix({ uid, shard }), version: manifest.version, manifest, knownAtMs }
}

/** A defect is not told to clients, but must not pass for an answer: the whole leaf fails, and the platform logs it. */
function toPrismError(error: unknown): PrismError {
  if (error instanceof PrismError) return error
  throw error
}

/** Cuts ties off, settled, where they would make the answer too long for its way back. */
async function boundHits<C extends Candidate>(
  candidates: readonly C[],
  request: LeafSearch,
  { live, store }: Pick<Searching, 'live' | 'store'>,
): Promise<readonly C[]> {
  const { candidatesMax, sort } = request
  if (candidates.length <= Math.max(TIED_HITS_MAX, candidatesMax)) return candidates
  const { tied } = orderCandidates(candidates, sort, candidatesMax)
  return settleTies(candidates, sort, await readIds(tied, { live, store })).slice(0, candidatesMax)
}

function toHits(candidates: readonly Candidate<PreparedSegment>[], open: readonly OpenShard[]): LeafHit[] {
  const places = new Map<SegmentSource, { readonly shard: number; readonly segment: number }>()
  for (const { shard, snapshot, sources } of open) {
    const positions = new Map(snapshot.manifest.segments.map(({ name }, position) => [name, position]))
    for (const source of sources) places.set(source, { shard, segment: positions.get(source.reader.file.name)! })
  }
  return candidates.map(({ segment, doc, score, values }) => ({ ...places.get(segment.source)!, doc, score, values }))
}

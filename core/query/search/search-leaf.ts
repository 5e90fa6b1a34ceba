import { PrismError, UnavailableError } from '../../errors.ts'
import { LiveShards } from '../../reading/live-shards.ts'
import type { ShardSnapshot } from '../../reading/snapshot.ts'
import { shardPrefix } from '../../version/collection.ts'
import { encodePartials, type Part } from '../score/part.ts'
import type { SegmentQuery } from '../score/search-segment.ts'
import { collectedKinds, EXPANDED_KINDS } from './collected.ts'
import type { LeafAnswer, LeafQuery, LeafRequest } from './leaf.ts'
import { LocalBranch } from './local-branch.ts'
import type { SearchContext } from './search-context.ts'
import { wantedSegments } from './wanted-segments.ts'

/** The components of a leaf. */
export type LeafContext = Pick<SearchContext, 'clock' | 'deadlines' | 'norms' | 'segments' | 'beginReading' | 'parts'>

/**
 * Searches the shards of a root's request as the root's own process would, and returns partials and their cost.
 *
 * @param signal aborted when the root no longer waits for the answer: the work ends, and the reason is thrown
 * @throws {UnavailableError} 'leaf_protocol' for a part that this version does not have
 * @throws {Error} only for defects of Prism; the error of a failed shard is in the answer
 */
export async function searchLeaf(
  context: LeafContext,
  request: LeafRequest,
  signal?: AbortSignal,
): Promise<LeafAnswer> {
  const { clock, deadlines, segments, norms } = context
  const startedMs = clock.monotonic()
  const query = toQuery(request.query, context.parts)
  const pinned = request.shards.map((shard) => toSnapshot(request, shard, startedMs))
  const reading = context.beginReading()
  const live = new LiveShards(pinned.length, deadlines, request.timeoutMs, {
    signal,
    setting: 'partial_results_timeout_ms',
  })
  const opening = { segments, schema: query.schema, reading, accepts: wantedSegments(query), memory: live.memory }
  try {
    const partials = await work(new LocalBranch({ uid: request.uid, pinned, opening, live }, norms), request, query)
    const failures = Array.from(live.failures, ([shard, error]) => ({ shard, error: toPrismError(error) }))
    return { partials, failures, cost: reading.cost(), tookMs: clock.monotonic() - startedMs }
  } finally {
    live.end()
  }
}

async function work(branch: LocalBranch, { statistics }: LeafRequest, query: SegmentQuery) {
  if (statistics === undefined) return encodePartials(EXPANDED_KINDS, [await branch.readFrequencies(query)])
  return encodePartials(collectedKinds(query, branch.places), await branch.collect(query, statistics))
}

function toQuery({ parts, ...query }: LeafQuery, known: readonly Part[] = []): SegmentQuery {
  const partNamed = (name: string): Part => {
    const part = known.find((one) => one.name === name)
    if (part !== undefined) return part
    throw new UnavailableError(
      'leaf_protocol',
      `a root requests the unknown part "${name}": a deployment may be under way`,
    )
  }
  return { ...query, parts: parts.map(partNamed) }
}

function toSnapshot(
  { uid }: LeafRequest,
  { shard, manifest }: LeafRequest['shards'][number],
  knownAtMs: number,
): ShardSnapshot {
  return { uid, shard, prefix: shardPrefix({ uid, shard }), version: manifest.version, manifest, knownAtMs }
}

/** Rethrows defects, which must not look like a shard's failure: the whole leaf fails, and the platform logs the defect. */
function toPrismError(error: unknown): PrismError {
  if (error instanceof PrismError) return error
  throw error
}

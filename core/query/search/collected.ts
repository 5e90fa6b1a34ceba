import { type Opening, openSource } from '../../reading/open-sources.ts'
import type { ShardSnapshot } from '../../reading/snapshot.ts'
import type { Candidate, CandidateSegment, SearchPartial } from '../score/candidate.ts'
import { mergeHits } from '../score/order-hits.ts'
import type { Kinds, Mergeable } from '../score/part.ts'
import type { SegmentQuery } from '../score/search-segment.ts'
import { addDocFreqs, type DocFreqs } from '../score/statistics.ts'
import { decodeHits, encodeHits } from './hit-columns.ts'

/** Hits kept per place of the page: the spare ones replace hits of a shard that fails while documents are read. */
const HITS_KEPT = 2

/** The pinned shards, and the means to open the segments of their hits. */
export type HitPlaces = Pick<Opening, 'segments' | 'schema' | 'memory'> & { readonly pinned: readonly ShardSnapshot[] }

/** The kinds of partials in the *collect* answer of a shard: hits, their number, and the sections of the parts. */
export function collectedKinds({ sort, candidatesMax, parts }: SegmentQuery, places: HitPlaces): Kinds<SearchPartial> {
  return [rankedHits({ sort, wanted: HITS_KEPT * candidatesMax }, places), total, ...parts]
}

function rankedHits(order: Parameters<typeof mergeHits>[2], places: HitPlaces): Mergeable<readonly Candidate[]> {
  return {
    name: 'hits',
    empty: [],
    merge: (a, b) => mergeHits(a, b, order),
    encode: encodeHits,
    decode: (encoded) => decodeHits(encoded, places.pinned, segmentsOf(places)),
  }
}

/** The segments of hits that leaves found. Each is opened here only when something is read from it. */
function segmentsOf(places: HitPlaces): (snapshot: ShardSnapshot, position: number) => CandidateSegment {
  const known = new Map<string, CandidateSegment>()
  return (snapshot, position) => {
    const { shard } = snapshot
    const found = known.get(`${shard}/${position}`)
    if (found !== undefined) return found
    const segment = { shard, position, open: () => openSource(places, snapshot, position) }
    known.set(`${shard}/${position}`, segment)
    return segment
  }
}

const total: Mergeable<number> = {
  name: 'total',
  empty: 0,
  merge: (a, b) => a + b,
  encode: (count) => count,
  decode: Number,
}

const frequencies: Mergeable<DocFreqs> = {
  name: 'frequencies',
  empty: new Map(),
  merge: (a, b) => addDocFreqs([a, b]),
  encode: (docFreqs) => [...docFreqs],
  decode: (encoded) => new Map(encoded as [string, number][]),
}

/** The kinds of partials in the *expand* answer of a shard: how many documents contain each term of the query. */
export const EXPANDED_KINDS: Kinds<readonly [DocFreqs]> = [frequencies]

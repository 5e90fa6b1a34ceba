import { UnavailableError } from '../../errors.ts'
import type { ShardSnapshot } from '../../reading/snapshot.ts'
import type { Candidate, CandidateSegment } from '../score/candidate.ts'
import type { SortValue } from '../score/sort-values.ts'

/** Hits as parallel columns, little-endian: 18 bytes a hit instead of some 60. */
type HitColumns = {
  /** 16 bits each. */
  readonly shards: Uint8Array
  /** Positions in manifests. 32 bits each. */
  readonly segments: Uint8Array
  readonly docs: Uint8Array
  /** 64-bit floats: the last bit counts, because ties do. */
  readonly scores: Uint8Array
  /** Left out where hits are ordered by score. */
  readonly values?: readonly (readonly SortValue[])[]
}

/** Hits as {@link decodeHits} reads them. */
export function encodeHits(hits: readonly Candidate[]): HitColumns {
  const hasValues = hits.some(({ values }) => values.length > 0)
  return {
    shards: bytesOf(Uint16Array.from(hits, ({ segment }) => segment.shard)),
    segments: bytesOf(Uint32Array.from(hits, ({ segment }) => segment.position)),
    docs: bytesOf(Uint32Array.from(hits, ({ doc }) => doc)),
    scores: bytesOf(Float64Array.from(hits, ({ score }) => score)),
    ...(hasValues && { values: hits.map(({ values }) => values) }),
  }
}

/**
 * @param asked the shards that were asked for
 * @param segmentAt one object for all hits of a segment
 * @throws {UnavailableError} 'leaf_protocol' if a hit names a shard, a segment or a document that does not exist
 */
export function decodeHits(
  encoded: unknown,
  asked: readonly ShardSnapshot[],
  segmentAt: (snapshot: ShardSnapshot, position: number) => CandidateSegment,
): Candidate[] {
  const columns = encoded as HitColumns
  const shards = new Uint16Array(aligned(columns.shards))
  const segments = new Uint32Array(aligned(columns.segments))
  const docs = new Uint32Array(aligned(columns.docs))
  const scores = new Float64Array(aligned(columns.scores))
  const snapshots = new Map(asked.map((snapshot) => [snapshot.shard, snapshot]))
  return Array.from(shards, (shard, i) => {
    const snapshot = snapshots.get(shard)
    const [doc, score] = [docs[i]!, scores[i]]
    const entry = snapshot?.manifest.segments[segments[i]!]
    if (snapshot === undefined || entry === undefined || score === undefined || !(doc < entry.docCount)) {
      throw new UnavailableError('leaf_protocol', `a leaf found document ${doc} of a segment that was not asked for`)
    }
    return { segment: segmentAt(snapshot, segments[i]!), doc, score, values: columns.values?.[i] ?? [] }
  })
}

function bytesOf({ buffer }: Uint16Array | Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer)
}

/** A copy of the bytes that begins at an address which typed arrays accept. */
function aligned(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

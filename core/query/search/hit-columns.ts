import { UnavailableError } from '../../errors.ts'
import type { ShardSnapshot } from '../../reading/snapshot.ts'
import type { Candidate, CandidateSegment } from '../score/candidate.ts'
import type { SortValue } from '../score/sort-values.ts'

/** Hits as parallel little-endian columns: 18 bytes per hit instead of about 60. */
type HitColumns = {
  /** 16 bits each. */
  readonly shards: Uint8Array
  /** Positions in manifests. 32 bits each. */
  readonly segments: Uint8Array
  readonly docs: Uint8Array
  /** 64-bit floats: every bit matters, because equal scores are ties. */
  readonly scores: Uint8Array
  /** Omitted if hits are ordered by score. */
  readonly values?: readonly (readonly SortValue[])[]
}

/** Encodes hits for {@link decodeHits}. */
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
 * Decodes the hits of a leaf.
 *
 * @param requested the shards of the request
 * @param segmentAt returns the same object for all hits of a segment
 * @throws {UnavailableError} 'leaf_protocol' if a hit names a shard, a segment or a document that does not exist
 */
export function decodeHits(
  encoded: unknown,
  requested: readonly ShardSnapshot[],
  segmentAt: (snapshot: ShardSnapshot, position: number) => CandidateSegment,
): Candidate[] {
  const columns = encoded as HitColumns
  const shards = new Uint16Array(aligned(columns.shards))
  const segments = new Uint32Array(aligned(columns.segments))
  const docs = new Uint32Array(aligned(columns.docs))
  const scores = new Float64Array(aligned(columns.scores))
  const snapshots = new Map(requested.map((snapshot) => [snapshot.shard, snapshot]))
  return Array.from(shards, (shard, i) => {
    const snapshot = snapshots.get(shard)
    const [doc, score] = [docs[i]!, scores[i]]
    const entry = snapshot?.manifest.segments[segments[i]!]
    if (snapshot === undefined || entry === undefined || score === undefined || !(doc < entry.docCount)) {
      throw new UnavailableError('leaf_protocol', `a leaf found document ${doc} of a segment that was not requested`)
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

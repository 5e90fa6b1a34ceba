import { UnavailableError } from '../errors.ts'
import type { SortValue } from '../query/score/sort-values.ts'
import type { LeafHit, LeafShard } from '../query/search/leaf.ts'

/** Hits as parallel columns, little-endian: 18 bytes a hit instead of some 60. */
type HitColumns = {
  /** 16 bits each. */
  readonly shards: Uint8Array
  /** 32 bits each. */
  readonly segments: Uint8Array
  readonly docs: Uint8Array
  /** 64-bit floats: the last bit counts, because ties do. */
  readonly scores: Uint8Array
  /** Left out where hits are ordered by score. */
  readonly values?: readonly (readonly SortValue[])[]
}

export function encodeHits(hits: readonly LeafHit[]): HitColumns {
  const hasValues = hits.some(({ values }) => values.length > 0)
  return {
    shards: bytesOf(Uint16Array.from(hits, ({ shard }) => shard)),
    segments: bytesOf(Uint32Array.from(hits, ({ segment }) => segment)),
    docs: bytesOf(Uint32Array.from(hits, ({ doc }) => doc)),
    scores: bytesOf(Float64Array.from(hits, ({ score }) => score)),
    ...(hasValues && { values: hits.map(({ values }) => values) }),
  }
}

/**
 * @param asked the shards that were asked for
 * @throws {UnavailableError} 'leaf_protocol' if a hit names a shard or segment that does not exist
 */
export function decodeHits(encoded: unknown, asked: readonly LeafShard[]): LeafHit[] {
  const columns = encoded as HitColumns
  const shards = new Uint16Array(aligned(columns.shards))
  const segments = new Uint32Array(aligned(columns.segments))
  const docs = new Uint32Array(aligned(columns.docs))
  const scores = new Float64Array(aligned(columns.scores))
  const { values } = columns
  const manifests = new Map(asked.map(({ shard, manifest }) => [shard, manifest]))
  return Array.from(shards, (shard, i) => {
    const entry = manifests.get(shard)?.segments[segments[i]!]
    const [doc, score] = [docs[i]!, scores[i]]
    if (entry === undefined || score === undefined || !(doc < entry.docCount)) {
      throw new UnavailableError('leaf_protocol', `a leaf found document ${doc} of a segment that was not asked for`)
    }
    return { shard, segment: segments[i]!, doc, score, values: values?.[i] ?? [] }
  })
}

function bytesOf({ buffer }: Uint16Array | Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(buffer)
}

/** A copy of the bytes that begins at an address which typed arrays accept. */
function aligned(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer
}

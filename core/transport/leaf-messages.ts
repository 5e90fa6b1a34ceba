import { UnavailableError } from '../errors.ts'
import { decodeMessagePack, encodeMessagePack } from '../message-pack.ts'
import type {
  LeafOutcome,
  LeafSearch,
  LeafSearchAnswer,
  LeafStatistics,
  LeafStatisticsAnswer,
} from '../query/search/leaf.ts'
import type { Schema } from '../schema/schema.ts'
import { decodeError, encodeError } from '../threads/worker-errors.ts'
import type { Manifest } from '../version/manifest.ts'
import { decodeManifest, encodeManifest } from '../version/manifest-codec.ts'
import { decodeHits, encodeHits } from './hit-columns.ts'

/**
 * Versions of the protocol that this process speaks. Roots and leaves of different versions may meet while a deployment is
 * under way: a message names the version it is in and those its sender speaks, and is answered in the newest common one.
 */
const PROTOCOL = { min: 2, max: 2 } as const

export type LeafRequest =
  | { readonly kind: 'search'; readonly search: LeafSearch }
  | { readonly kind: 'statistics'; readonly statistics: LeafStatistics }

type Shared = Pick<LeafSearch, 'uid' | 'schema' | 'shards' | 'timeoutMs'>

/** Encoded once, because every search carries the same schema, and the same manifest until the next commit. */
const schemas = new WeakMap<Schema, Uint8Array>()
const manifests = new WeakMap<Manifest, Uint8Array>()

export function encodeRequest(request: LeafRequest): Uint8Array {
  if (request.kind === 'statistics') {
    const { terms } = request.statistics
    return encodeMessagePack({ ...head(request.kind, request.statistics), terms })
  }
  const { clause, filter, sort, candidatesMax, countMax, statistics, parts } = request.search
  return encodeMessagePack({
    ...head(request.kind, request.search),
    ...{ clause, filter, sort, candidatesMax, countMax, parts },
    fields: [...statistics.fields],
    docFreqs: [...statistics.docFreqs],
  })
}

/**
 * @param schemaOf decodes a schema, or finds one that was decoded before
 * @throws {UnavailableError} 'leaf_protocol' for a request of another version
 */
export function decodeRequest(
  bytes: Uint8Array,
  schemaOf: (uid: string, encoded: Uint8Array) => Schema = (_, encoded) => decodeMessagePack(encoded) as Schema,
): LeafRequest {
  const { kind, schema, shards, fields, docFreqs, ...rest } = read(bytes, 'request')
  const shared = {
    ...rest,
    schema: schemaOf(String(rest.uid), schema as Uint8Array),
    shards: (shards as [number, Uint8Array][]).map(([shard, manifest]) => ({
      shard,
      manifest: decodeManifest(new Uint8Array(manifest), `manifest of shard ${shard} in a request to a leaf`),
    })),
  }
  if (kind === 'statistics') return { kind, statistics: shared as unknown as LeafStatistics }
  const statistics = { fields: new Map(fields as []), docFreqs: new Map(docFreqs as []) }
  return { kind: 'search', search: { ...shared, statistics } as unknown as LeafSearch }
}

export function encodeSearchAnswer({ hits, count, partials, ...outcome }: LeafSearchAnswer): Uint8Array {
  return encodeMessagePack({ v: PROTOCOL.max, ...encodeOutcome(outcome), count, hits: encodeHits(hits), partials })
}

/**
 * @throws {UnavailableError} 'leaf_protocol' for what is no answer to `request`
 */
export function decodeSearchAnswer(bytes: Uint8Array, request: LeafSearch): LeafSearchAnswer {
  const { count, hits, partials, ...outcome } = read(bytes, 'answer')
  return {
    ...decodeOutcome(outcome),
    count: Number(count),
    hits: decodeHits(hits, request.shards),
    partials: partials as LeafSearchAnswer['partials'],
  }
}

export function encodeStatisticsAnswer({ docFreqs, ...outcome }: LeafStatisticsAnswer): Uint8Array {
  const encoded = Array.from(docFreqs, ([shard, counts]) => [shard, [...counts]])
  return encodeMessagePack({ v: PROTOCOL.max, ...encodeOutcome(outcome), docFreqs: encoded })
}

/** @throws {UnavailableError} 'leaf_protocol' */
export function decodeStatisticsAnswer(bytes: Uint8Array): LeafStatisticsAnswer {
  const { docFreqs, ...outcome } = read(bytes, 'answer')
  const decoded = (docFreqs as [number, [string, number][]][]).map(
    ([shard, counts]) => [shard, new Map(counts)] as const,
  )
  return { ...decodeOutcome(outcome), docFreqs: new Map(decoded) }
}

function head(kind: LeafRequest['kind'], { uid, schema, shards, timeoutMs }: Shared): object {
  return {
    v: PROTOCOL.max,
    speaks: [PROTOCOL.min, PROTOCOL.max],
    ...{ kind, uid, timeoutMs },
    schema: encodeOnce(schemas, schema, encodeMessagePack),
    shards: shards.map(({ shard, manifest }) => [shard, encodeOnce(manifests, manifest, encodeManifest)]),
  }
}

function encodeOnce<T extends object>(known: WeakMap<T, Uint8Array>, value: T, encode: (value: T) => Uint8Array) {
  const encoded = known.get(value) ?? encode(value)
  known.set(value, encoded)
  return encoded
}

function encodeOutcome({ failures, cost, tookMs }: LeafOutcome): object {
  return { failures: failures.map(({ shard, error }) => [shard, encodeError(error)]), cost, tookMs }
}

function decodeOutcome(encoded: Record<string, unknown>): LeafOutcome {
  const failures = (encoded.failures as [number, unknown][]).map(([shard, error]) => ({
    shard,
    error: decodeError(error) as LeafOutcome['failures'][number]['error'],
  }))
  return { failures, cost: encoded.cost as LeafOutcome['cost'], tookMs: Number(encoded.tookMs) }
}

function read(bytes: Uint8Array, what: 'request' | 'answer'): Record<string, unknown> {
  let decoded: unknown
  try {
    decoded = decodeMessagePack(bytes)
  } catch (cause) {
    throw new UnavailableError('leaf_protocol', `a leaf's ${what} is no MessagePack`, { cause })
  }
  const { v, speaks, ...fields } = (typeof decoded === 'object' && decoded !== null ? decoded : {}) as Record<
    string,
    unknown
  >
  const [min, max] = Array.isArray(speaks) ? (speaks as number[]) : [Number(v), Number(v)]
  const common = Math.min(PROTOCOL.max, max!)
  if (common >= Math.max(PROTOCOL.min, min!)) return fields
  throw new UnavailableError(
    'leaf_protocol',
    `a leaf's ${what} is of protocol versions ${min} to ${max}, expected ${PROTOCOL.min} to ${PROTOCOL.max}: a deployment may be under way`,
  )
}

import { type PrismError, UnavailableError } from '../errors.ts'
import { decodeMessagePack, encodeMessagePack } from '../message-pack.ts'
import type { LeafAnswer, LeafRequest } from '../query/search/leaf.ts'
import type { Schema } from '../schema/schema.ts'
import { decodeError, encodeError } from '../threads/worker-errors.ts'
import type { Manifest } from '../version/manifest.ts'
import { decodeManifest, encodeManifest } from '../version/manifest-codec.ts'
import { decodeFilter, type EncodedFilter, encodeFilter } from './filter-message.ts'

/**
 * Protocol versions that this process speaks. During a deployment, roots and leaves of different versions run side by
 * side. A message names its own version and the versions that its sender speaks; the answer uses the newest common version.
 */
const PROTOCOL = { min: 4, max: 4 } as const

/** Encoded once, because every search carries the same schema, and the same manifest until the next commit. */
const schemas = new WeakMap<Schema, Uint8Array>()
const manifests = new WeakMap<Manifest, Uint8Array>()

export function encodeRequest({ query, shards, statistics, ...rest }: LeafRequest): Uint8Array {
  return encodeMessagePack({
    v: PROTOCOL.max,
    speaks: [PROTOCOL.min, PROTOCOL.max],
    ...rest,
    query: {
      ...query,
      schema: encodeOnce(schemas, query.schema, encodeMessagePack),
      filter: query.filter && encodeFilter(query.filter),
    },
    shards: shards.map(({ shard, manifest }) => [shard, encodeOnce(manifests, manifest, encodeManifest)]),
    ...(statistics && { statistics: { fields: [...statistics.fields], docFreqs: [...statistics.docFreqs] } }),
  })
}

/**
 * @param schemaOf decodes a schema, or returns a schema that was decoded before
 * @throws {UnavailableError} 'leaf_protocol' for a request of another version
 */
export function decodeRequest(
  bytes: Uint8Array,
  schemaOf: (uid: string, encoded: Uint8Array) => Schema = (_, encoded) => decodeMessagePack(encoded) as Schema,
): LeafRequest {
  const { query, shards, statistics, ...rest } = read(bytes, 'request') as EncodedRequest
  return {
    ...rest,
    query: { ...query, schema: schemaOf(rest.uid, query.schema), filter: query.filter && decodeFilter(query.filter) },
    shards: shards.map(([shard, manifest]) => ({
      shard,
      manifest: decodeManifest(new Uint8Array(manifest), `manifest of shard ${shard} in a request to a leaf`),
    })),
    ...(statistics && {
      statistics: { fields: new Map(statistics.fields), docFreqs: new Map(statistics.docFreqs) },
    }),
  }
}

/** Only the protocol version is checked, because messages come from processes of the same deployment. */
type EncodedRequest = Omit<LeafRequest, 'query' | 'shards' | 'statistics'> & {
  readonly query: Omit<LeafRequest['query'], 'schema' | 'filter'> & {
    readonly schema: Uint8Array
    readonly filter: EncodedFilter | undefined
  }
  readonly shards: readonly (readonly [shard: number, manifest: Uint8Array])[]
  readonly statistics?: { readonly fields: []; readonly docFreqs: [] }
}

export function encodeLeafAnswer({ failures, ...rest }: LeafAnswer): Uint8Array {
  const encoded = failures.map(({ shard, error }) => [shard, encodeError(error)])
  return encodeMessagePack({ v: PROTOCOL.max, ...rest, failures: encoded })
}

/** @throws {UnavailableError} 'leaf_protocol' for bytes that are not an answer of a leaf */
export function decodeLeafAnswer(bytes: Uint8Array): LeafAnswer {
  const { failures, ...rest } = read(bytes, 'answer') as EncodedAnswer
  return { ...rest, failures: failures.map(([shard, error]) => ({ shard, error: decodeError(error) as PrismError })) }
}

type EncodedAnswer = Omit<LeafAnswer, 'failures'> & { readonly failures: readonly (readonly [number, unknown])[] }

function encodeOnce<T extends object>(known: WeakMap<T, Uint8Array>, value: T, encode: (value: T) => Uint8Array) {
  const encoded = known.get(value) ?? encode(value)
  known.set(value, encoded)
  return encoded
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

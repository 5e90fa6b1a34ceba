import { decodeMessagePack } from '../message-pack.ts'
import { type LeafContext, searchLeaf } from '../query/search/search-leaf.ts'
import type { Schema } from '../schema/schema.ts'
import { decodeRequest, encodeLeafAnswer } from './leaf-messages.ts'

/** Maximum number of decoded schemas kept, one per collection, with their derived data. */
const SCHEMAS_MAX = 100

/** Maps the bytes of a request to the bytes of its answer. `signal` ends the work when the answer is no longer needed. */
export type ServedLeaf = (request: Uint8Array, signal?: AbortSignal) => Promise<Uint8Array>

/**
 * The leaf's side of a transport: answers requests of any root.
 *
 * @param limitMs maximum milliseconds of a request on this leaf, whatever the root allows
 */
export function serveLeaf(context: LeafContext, limitMs: () => number = () => Number.POSITIVE_INFINITY): ServedLeaf {
  const schemas = new Map<string, { readonly encoded: Uint8Array; readonly schema: Schema }>()
  const schemaOf = (uid: string, encoded: Uint8Array): Schema => {
    const known = schemas.get(uid)
    if (known && Buffer.compare(known.encoded, encoded) === 0) return known.schema
    const schema = decodeMessagePack(encoded) as Schema
    if (schemas.size >= SCHEMAS_MAX) schemas.clear()
    schemas.set(uid, { encoded: new Uint8Array(encoded), schema })
    return schema
  }
  return async (bytes, signal) => {
    const request = decodeRequest(bytes, schemaOf)
    const timeoutMs = Math.min(request.timeoutMs, limitMs())
    return encodeLeafAnswer(await searchLeaf(context, { ...request, timeoutMs }, signal))
  }
}

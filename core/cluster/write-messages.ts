import { CorruptDataError } from '../errors.ts'
import { decodeMessagePack, encodeMessagePack } from '../message-pack.ts'
import { checkId, DOCUMENT_BYTES_MAX } from '../schema/check-document.ts'
import { flattenDocument } from '../schema/flatten-document.ts'
import type { Schema } from '../schema/schema.ts'
import { checkVersion } from '../segment/format/document-version.ts'
import { decodeError, encodeError } from '../threads/worker-errors.ts'
import type { ShardRef } from '../version/collection.ts'
import { INLINE_BYTES_MAX } from '../writing/check-batch.ts'
import { checkPatch } from '../writing/check-operations.ts'
import type { ConditionalOperation, OperationResult, WriteCondition } from '../writing/conditional-operation.ts'
import type { Put } from '../writing/plan-writes.ts'
import type { WriteOutcome, WriteRequest } from '../writing/shard-writer.ts'

/** In every message, because nodes of different versions run side by side during a deployment. */
const PROTOCOL_VERSION = 1

/** An owner's answer to a forwarded write. `refused`: no part of the write was or will be done. */
export type OwnerAnswer =
  | { readonly is: 'done'; readonly outcome: WriteOutcome }
  | { readonly is: 'failed'; readonly error: Error }
  | { readonly is: 'refused'; readonly reason: string }

/** An operation in a message: kind, id, JSON of the document or patch, condition. The owner flattens the JSON again. */
type Sent = readonly [kind: string, id: string, json: Uint8Array | null, condition: WriteCondition | null]

export function encodeWrite({ uid, shard }: ShardRef, { schema, operations, decides }: WriteRequest): Uint8Array {
  return encodeMessagePack({
    v: PROTOCOL_VERSION,
    uid,
    shard,
    schemaVersion: schema.version,
    decides: decides ?? null,
    operations: operations.map(
      (operation: ConditionalOperation): Sent => [
        operation.kind,
        operation.id,
        jsonOf(operation),
        operation.condition ?? null,
      ],
    ),
  })
}

function jsonOf(operation: ConditionalOperation): Uint8Array | null {
  if (operation.kind === 'put') return operation.json
  return operation.kind === 'patch' ? Buffer.from(JSON.stringify(operation.patch)) : null
}

/**
 * Decodes a write that another node has already checked, and checks its form again.
 *
 * @param schemaOf reads the schema version under which the sender checked the documents
 * @throws {CorruptDataError} 'node_protocol' for bytes that are not a write of this protocol
 * @throws {PrismError} for operations that no node sends; also errors of `schemaOf`
 */
export async function decodeWrite(
  bytes: Uint8Array,
  schemaOf: (uid: string, version: number) => Promise<Schema>,
): Promise<{ readonly ref: ShardRef; readonly request: WriteRequest }> {
  const { uid, shard, schemaVersion, decides, operations } = read(bytes, 'write')
  const isWrite = typeof uid === 'string' && isCount(shard) && isCount(schemaVersion) && Array.isArray(operations)
  if (!isWrite) throw broken('a forwarded write has no shard, schema version or operations')
  const schema = await schemaOf(uid, schemaVersion)
  const sent = operations as Sent[]
  const keepsFields = sent.reduce((sum, [, , json]) => sum + (json?.length ?? 0), 0) <= INLINE_BYTES_MAX
  const decoded = sent.map((operation) => decodeOperation(operation, schema, keepsFields))
  const ref = { uid, shard }
  if (decides === 'each' || decides === 'all') return { ref, request: { schema, operations: decoded, decides } }
  const plain = decoded.filter((operation) => operation.kind !== 'patch' && operation.condition === undefined)
  if (plain.length < decoded.length) throw broken("a forwarded write with conditions or patches lacks 'decides'")
  return { ref, request: { schema, operations: plain as Put[] } }
}

function decodeOperation([kind, id, json, condition]: Sent, schema: Schema, keepsFields: boolean) {
  const conditional = condition ? { condition: checkCondition(condition) } : {}
  if (kind === 'delete') return { kind: 'delete' as const, id: checkId(id), ...conditional }
  if (!(json instanceof Uint8Array)) throw broken(`a forwarded ${String(kind)} has no JSON`)
  if (kind === 'patch') return { ...checkPatch(id, parse(json)), ...conditional }
  const isPut = kind === 'put' && json.length <= DOCUMENT_BYTES_MAX
  if (!isPut) throw broken(`cannot do a forwarded ${String(kind)} of ${json.length} bytes`)
  const fields = keepsFields ? flattenDocument(schema, parse(json), 0).fields : undefined
  // Copied, because a view would keep the whole message in memory.
  const put: Put = { kind: 'put', id: checkId(id), json: new Uint8Array(json), fields }
  return { ...put, ...conditional }
}

function checkCondition(condition: WriteCondition): WriteCondition {
  if (condition.is === 'version') return { is: 'version', version: checkVersion(condition.version) }
  if (condition.is === 'absent' || condition.is === 'present') return { is: condition.is }
  throw broken('a forwarded write has an unknown condition')
}

function parse(json: Uint8Array): object {
  try {
    return JSON.parse(new TextDecoder().decode(json)) as object
  } catch (cause) {
    throw broken('a forwarded document is not valid JSON', cause)
  }
}

export function encodeAnswer(answer: OwnerAnswer): Uint8Array {
  const v = PROTOCOL_VERSION
  if (answer.is === 'failed') return encodeMessagePack({ v, is: 'failed', error: encodeError(answer.error) })
  if (answer.is === 'refused') return encodeMessagePack({ v, ...answer })
  const { version, existed, behind, results } = answer.outcome
  return encodeMessagePack({
    ...{ v, is: 'done', version, existed },
    behind: behind.map(({ position, id, json }) => [position, id, json]),
    results: results.map((result) =>
      result.status === 'failed' ? { status: 'failed', error: encodeError(result.error) } : result,
    ),
  })
}

/** @throws {CorruptDataError} 'node_protocol' for bytes that are not an answer; the write may have been done */
export function decodeAnswer(bytes: Uint8Array): OwnerAnswer {
  const { is, version, existed, behind, results, error, reason } = read(bytes, 'answer')
  if (is === 'refused') return { is, reason: String(reason) }
  if (is === 'failed') return { is, error: decodeError(error) }
  if (is !== 'done' || !isCount(version)) throw broken("a node's answer has no outcome")
  const decoded = (results as OperationResult[]).map((result) =>
    result.status === 'failed' ? { ...result, error: decodeError(result.error) } : result,
  )
  const documents = (behind as [number, string, Uint8Array][]).map(([position, id, json]) => {
    return { position, id, json, document: parse(json) }
  })
  return { is, outcome: { version, existed, behind: documents, results: decoded } as WriteOutcome }
}

function read(bytes: Uint8Array, what: 'write' | 'answer'): Record<string, unknown> {
  let decoded: unknown
  try {
    decoded = decodeMessagePack(bytes)
  } catch (cause) {
    throw broken(`a node's ${what} is not MessagePack`, cause)
  }
  const { v, ...fields } = (typeof decoded === 'object' && decoded !== null ? decoded : {}) as Record<string, unknown>
  if (v === PROTOCOL_VERSION) return fields
  throw broken(`a node's ${what} has protocol version ${String(v)}, expected ${PROTOCOL_VERSION}`)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function broken(what: string, cause?: unknown): CorruptDataError {
  return new CorruptDataError('node_protocol', what, cause === undefined ? {} : { cause })
}

import { assert } from '../assert.ts'
import { NotFoundError, PrismError } from '../errors.ts'
import { quote } from '../quote.ts'
import { encodeDocument } from '../schema/check-document.ts'
import { flattenDocument } from '../schema/flatten-document.ts'
import { mergePatch } from '../schema/merge-patch.ts'
import type { Schema } from '../schema/schema.ts'
import { versionOf } from '../segment/format/document-version.ts'
import { compareUtf8, decodeUtf8Strict } from '../utf8.ts'
import type { EncodedDocument } from './check-batch.ts'
import {
  type ConditionalOperation,
  holds,
  type OperationResult,
  type Patch,
  versionConflict,
} from './conditional-operation.ts'
import type { Operation, Put } from './plan-writes.ts'

/** A document in the version of the shard that operations are evaluated on. */
export type StoredDocument = {
  readonly version: string
  /** Present only for documents that an operation patches. */
  readonly json: Uint8Array | undefined
}

/** What operations need to know about a version of a shard. */
export type StoredDocuments = {
  /** Documents with the operations' ids. */
  readonly byId: ReadonlyMap<string, StoredDocument>
  /** The newest schema that any document was written under. */
  readonly schemaVersion: number
}

/** The operations of one request. */
export type OperationBatch = {
  readonly operations: readonly ConditionalOperation[]
  /** What an operation that fails means: `each`: only that operation fails; `all`: the whole batch does nothing. Absent if no operation can fail. */
  readonly decides?: 'each' | 'all' | undefined
}

export type BatchResult = {
  /** By operation. Nothing of the batch was done if it has `behind`, or if it `decides` for all and an operation failed. */
  readonly results: readonly OperationResult[]
  /** Whether a document with the operation's id existed before the operation, by operation. */
  readonly existed: readonly boolean[]
  /** Patched documents with fields that the schema may lack. The batch must be submitted again under a newer schema. */
  readonly behind: readonly EncodedDocument[]
}

/** The effect of a group of batches, one after another, on one version of the shard. */
export type Evaluation = {
  readonly batches: readonly BatchResult[]
  /** Documents to write, by ascending id. */
  readonly puts: readonly Put[]
  /** Ids whose stored documents are replaced or deleted. */
  readonly changed: ReadonlySet<string>
}

/** A document during evaluation: as stored, or as an earlier operation left it. */
type State =
  | { readonly version: string; readonly json: Uint8Array | undefined; readonly put: Put | undefined }
  | undefined

/**
 * Applies operations one after another to the stored documents, and returns their results and what to write.
 * The result depends on the arguments alone, so that a commit that starts over can evaluate again.
 */
export function evaluateOperations(
  schema: Schema,
  batches: readonly OperationBatch[],
  stored: StoredDocuments,
): Evaluation {
  const states = new Map<string, State>()
  const before = (id: string): State => {
    const document = stored.byId.get(id)
    return document && { ...document, put: undefined }
  }
  const results = batches.map((batch) => {
    const own = new Map<string, State>()
    const read = (id: string): State => (own.has(id) ? own.get(id) : states.has(id) ? states.get(id) : before(id))
    const isBehind = schema.version < stored.schemaVersion
    const result = evaluateBatch(schema, batch, { read, write: (id, state) => own.set(id, state), isBehind })
    const isUndone =
      result.behind.length > 0 || (batch.decides === 'all' && result.results.some(({ status }) => status === 'failed'))
    if (!isUndone) for (const [id, state] of own) states.set(id, state)
    return result
  })
  const puts = Array.from(states.values()).flatMap((state) => state?.put ?? [])
  return {
    batches: results,
    puts: puts.sort((a, b) => compareUtf8(a.id, b.id)),
    changed: new Set([...states.keys()].filter((id) => stored.byId.has(id))),
  }
}

type States = {
  readonly read: (id: string) => State
  readonly write: (id: string, state: State) => void
  /** Whether stored documents may have fields that the schema lacks. */
  readonly isBehind: boolean
}

function evaluateBatch(schema: Schema, { operations }: OperationBatch, states: States): BatchResult {
  const results: OperationResult[] = []
  const existed: boolean[] = []
  const behind: EncodedDocument[] = []
  for (const [position, operation] of operations.entries()) {
    const state = states.read(operation.id)
    existed.push(state !== undefined)
    try {
      const outcome = apply(operation, state, { schema, isBehind: states.isBehind })
      if ('behind' in outcome) behind.push({ ...outcome.behind, position })
      else results.push(outcome.result)
      if (outcome.state !== 'unchanged') states.write(operation.id, outcome.state)
    } catch (error) {
      if (!(error instanceof PrismError)) throw error
      results.push({ status: 'failed', error })
    }
  }
  return { results, existed, behind }
}

type Outcome = { readonly state: State | 'unchanged' } & (
  | { readonly result: OperationResult }
  | { readonly behind: Omit<EncodedDocument, 'position'> }
)

type KnownSchema = { readonly schema: Schema; readonly isBehind: boolean }

/** @throws {PrismError} if the operation fails */
function apply(operation: ConditionalOperation, state: State, known: KnownSchema): Outcome {
  const { id, condition } = operation
  if (condition !== undefined && !holds(condition, state?.version)) {
    throw versionConflict(id, condition, { current: state?.version, intended: intendedVersion(operation) })
  }
  switch (operation.kind) {
    case 'delete':
      return { state: undefined, result: { status: state ? 'deleted' : 'missing', version: undefined, warnings: [] } }
    case 'put': {
      const version = versionOf(id, operation.json)
      const status = state === undefined ? 'created' : 'replaced'
      return { state: { version, json: operation.json, put: operation }, result: { status, version, warnings: [] } }
    }
    case 'patch':
      return applyPatch(operation, state, known)
  }
}

/** The version that an operation would have left; `unknown` if that depends on the stored document. */
function intendedVersion(operation: Operation | Patch): string | undefined | 'unknown' {
  if (operation.kind === 'patch') return 'unknown'
  return operation.kind === 'put' ? versionOf(operation.id, operation.json) : undefined
}

function applyPatch({ id, patch }: Patch, state: State, { schema, isBehind }: KnownSchema): Outcome {
  if (state === undefined) {
    throw new NotFoundError('document_not_found', `there is no document ${quote(id)} to patch`, {
      details: { id },
    })
  }
  const json = state.json
  assert(json !== undefined, 'documents to patch are read')
  const document = mergePatch(JSON.parse(decodeUtf8Strict(json)) as object, patch)
  const merged = encodeDocument(id, document)
  const version = versionOf(id, merged)
  if (version === state.version) {
    return { state: 'unchanged', result: { status: 'unchanged', version, warnings: [] } }
  }
  const { fields, newFields, warnings } = flattenDocument(schema, document, 0)
  const put: Put = { kind: 'put', id, json: merged, fields }
  const after: State = { version, json: merged, put }
  if (isBehind || newFields.length > 0) return { state: after, behind: { id, document, json: merged } }
  return { state: after, result: { status: 'patched', version, warnings } }
}

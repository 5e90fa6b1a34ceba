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

/** A document as it is stored in the version that is evaluated against. */
export type StoredDocument = {
  readonly version: string
  /** Only of documents that are patched. */
  readonly json: Uint8Array | undefined
}

/** What a version of a shard holds, as far as operations need it. */
export type StoredDocuments = {
  /** Documents with any of the operations' ids. */
  readonly byId: ReadonlyMap<string, StoredDocument>
  /** The newest schema that any document was written under. */
  readonly schemaVersion: number
}

/** Operations of one request. */
export type OperationBatch = {
  readonly operations: readonly ConditionalOperation[]
  /** `each`: one that fails fails alone; `all`: then none of the batch is done. Absent where no operation can fail. */
  readonly decides?: 'each' | 'all' | undefined
}

export type BatchResult = {
  /** By operation. Where one failed that decides for all, or the schema is behind, nothing of it was done. */
  readonly results: readonly OperationResult[]
  /** Per operation whether a document with its id was there before it. */
  readonly existed: readonly boolean[]
  /** Patched documents that the schema may not know all about: the batch has to come again under a newer one. */
  readonly behind: readonly EncodedDocument[]
}

/** What a group of batches comes to, one after the other, on one version of the shard. */
export type Evaluation = {
  readonly batches: readonly BatchResult[]
  /** Documents to write, by ascending id. */
  readonly puts: readonly Put[]
  /** Ids whose stored document goes, replaced or deleted. */
  readonly changed: ReadonlySet<string>
}

/** A document while the operations are replayed: stored, or as an operation before left it. */
type State =
  | { readonly version: string; readonly json: Uint8Array | undefined; readonly put: Put | undefined }
  | undefined

/**
 * Does operations one after another, as if nobody else wrote, and says what is to be written for it.
 * The same arguments give the same answer: a commit that has to start over asks again.
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
  /** Documents may have fields that the schema does not know. */
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
      if ('lacks' in outcome) behind.push({ ...outcome.lacks, position })
      else results.push(outcome.result)
      if (outcome.state !== 'as_it_was') states.write(operation.id, outcome.state)
    } catch (error) {
      if (!(error instanceof PrismError)) throw error
      results.push({ status: 'failed', error })
    }
  }
  return { results, existed, behind }
}

type Outcome = { readonly state: State | 'as_it_was' } & (
  | { readonly result: OperationResult }
  | { readonly lacks: Omit<EncodedDocument, 'position'> }
)

type KnownSchema = { readonly schema: Schema; readonly isBehind: boolean }

/** @throws {PrismError} what the operation fails with */
function apply(operation: ConditionalOperation, state: State, known: KnownSchema): Outcome {
  const { id, condition } = operation
  if (condition !== undefined && !holds(condition, state?.version)) {
    throw versionConflict(id, condition, { current: state?.version, asked: askedVersion(operation) })
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

/** The version that an operation would have left, as far as it depends on the operation alone. */
function askedVersion(operation: Operation | Patch): string | undefined | 'unknown' {
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
  assert(json !== undefined, 'documents to be patched are read')
  const document = mergePatch(JSON.parse(decodeUtf8Strict(json)) as object, patch)
  const merged = encodeDocument(id, document)
  const version = versionOf(id, merged)
  if (version === state.version) {
    return { state: 'as_it_was', result: { status: 'unchanged', version, warnings: [] } }
  }
  const { fields, newFields, warnings } = flattenDocument(schema, document, 0)
  const put: Put = { kind: 'put', id, json: merged, fields }
  const after: State = { version, json: merged, put }
  if (isBehind || newFields.length > 0) return { state: after, lacks: { id, document, json: merged } }
  return { state: after, result: { status: 'patched', version, warnings } }
}

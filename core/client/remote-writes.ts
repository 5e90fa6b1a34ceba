import {
  collectionAnswer,
  deleteAnswer,
  deleteByFilterAnswer,
  droppedAnswer,
  operationsAnswer,
  patchAnswer,
  putAnswer,
  snapshotAnswer,
  updateAnswer,
  uploadAnswer,
  writeAnswer,
} from '../contract/answer-shapes.ts'
import type { Shape } from '../contract/shape.ts'
import type {
  BatchOptions,
  DocumentId,
  Engine,
  OperationsAnswer,
  WriteAnswer,
  WriteConditions,
  WriteOptions,
} from '../engine/engine.ts'
import { readConditions, withId } from '../engine/write-answers.ts'
import { checkVersion } from '../segment/format/document-version.ts'
import { checkPatch, checkPatchOfMany } from '../writing/check-operations.ts'
import type { Ask } from './ask.ts'
import { batchSender } from './batch-sender.ts'
import { encodeJson } from './encode-json.ts'
import { encodeSegment, pathOf } from './paths.ts'
import { errorOfBatch, type Sendable, sendableDocuments, sendableOperations, withRefused } from './refused-documents.ts'

/** The methods of a remote engine that write. */
export function remoteWrites(ask: Ask) {
  const sendBatch = batchSender(ask)
  const writeBatch = async <Answer extends WriteAnswer | OperationsAnswer>(
    answer: Shape<Answer>,
    name: string,
    batch: Sendable<unknown>,
    content: { readonly documents: unknown } | { readonly operations: unknown },
    { atomic, ...options }: BatchOptions = {},
  ): Promise<Answer> => {
    const body = encodeJson({ ...content, atomic })
    try {
      return withRefused(await sendBatch(answer, pathOf(name), body, idempotency(options)), batch)
    } catch (error) {
      throw errorOfBatch(error, batch)
    }
  }

  return {
    createCollection: async (name, json) => ask(collectionAnswer, 'PUT', pathOf(name), { json }),
    updateCollection: async (name, json) => ask(collectionAnswer, 'PATCH', pathOf(name), { json }),
    deleteCollection: async (name) => {
      await ask(droppedAnswer, 'DELETE', pathOf(name))
    },
    writeDocuments: async (name, documents, options) => {
      const batch = sendableDocuments(documents)
      return writeBatch(writeAnswer, name, batch, { documents: batch.items }, options)
    },
    writeOperations: async (name, operations, options) => {
      const batch = sendableOperations(operations)
      return writeBatch(operationsAnswer, name, batch, { operations: batch.items }, options)
    },
    createUpload: async (name, json) => ask(uploadAnswer, 'POST', `${pathOf(name)}/uploads`, { json }),
    putDocument: async (name, id, document, options) => {
      // With the id, because some gateways change paths: a server refuses a document whose id differs from the path.
      const json = withId(document, id)
      const headers = { ...idempotency(options), ...conditionHeaders(options) }
      return ask(putAnswer, 'PUT', documentPath(name, id), { json, headers })
    },
    patchDocument: async (name, id, given, conditions) => {
      const { patch } = checkPatch(id, given)
      return ask(patchAnswer, 'PATCH', documentPath(name, id), { json: patch, headers: conditionHeaders(conditions) })
    },
    deleteDocument: async (name, id, conditions) =>
      ask(deleteAnswer, 'DELETE', documentPath(name, id), { headers: conditionHeaders(conditions) }),
    deleteDocuments: async (name, json) => ask(deleteAnswer, 'POST', `${pathOf(name)}/documents/delete`, { json }),
    deleteByFilter: async (name, json, call) =>
      ask(deleteByFilterAnswer, 'POST', `${pathOf(name)}/documents/delete`, { json, ...call }),
    updateByFilter: async (name, json, call) => {
      checkPatchOfMany(json.patch)
      return ask(updateAnswer, 'POST', `${pathOf(name)}/documents/update`, { json, ...call })
    },
    createSnapshot: async (name, snapshot) =>
      ask(snapshotAnswer, 'POST', `${pathOf(name)}/snapshots`, { json: { name: snapshot } }),
    deleteSnapshot: async (name, snapshot) => {
      await ask(droppedAnswer, 'DELETE', `${pathOf(name)}/snapshots/${encodeSegment(snapshot)}`)
    },
    branchCollection: async (name, json) => ask(collectionAnswer, 'POST', `${pathOf(name)}/branches`, { json }),
    restoreCollection: async (name, json) => ask(collectionAnswer, 'POST', `${pathOf(name)}/restore`, { json }),
  } satisfies Partial<Engine>
}

function documentPath(collection: string, id: DocumentId): string {
  return `${pathOf(collection)}/documents/${encodeSegment(String(id))}`
}

function idempotency(options: WriteOptions = {}): Record<string, string> {
  return options.idempotencyKey === undefined ? {} : { 'Idempotency-Key': options.idempotencyKey }
}

/** @throws {InvalidRequestError} 'invalid_condition' for several conditions; 'invalid_version' */
function conditionHeaders(conditions: WriteConditions = {}): Record<string, string> {
  const condition = readConditions(conditions)
  if (condition === undefined) return {}
  if (condition.is === 'absent') return { 'If-None-Match': '*' }
  return { 'If-Match': condition.is === 'version' ? `"${checkVersion(condition.version)}"` : '*' }
}

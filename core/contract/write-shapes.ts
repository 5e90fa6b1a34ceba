import { isRecord } from '../json-record.ts'
import { filterShape } from './filter-shape.ts'
import { BATCH_DOCUMENTS_MAX, NAME_CHARACTERS_MAX } from './limits.ts'
import { readShape } from './read-shape.ts'
import type { JsonObject, ReadRequest } from './search-request.ts'
import { cursor, readFields } from './search-shape.ts'
import { exactly, type Shape, z } from './shape.ts'
import type {
  BatchOptions,
  DeleteRequest,
  DocumentId,
  FilterRequest,
  UpdateRequest,
  UploadFormat,
  WriteConditions,
  WriteOperation,
  WriteOptions,
} from './writes.ts'

/** Any JSON object, unchanged: zod's own record would drop keys such as `__proto__`. */
export const document: Shape<JsonObject> = z
  .custom<JsonObject>(isRecord, { params: { expected: 'an object' } })
  .meta({ type: 'object' })

const patch = document.describe('A JSON merge patch (RFC 7396)')
/** The shape of {@link DocumentId}. The engine checks the bytes of a string. */
export const id: Shape<DocumentId> = z
  .custom<DocumentId>((value) => typeof value === 'string' || Number.isSafeInteger(value), {
    params: { expected: 'a string or an integer of at most 53 bits' },
  })
  .meta({ type: ['string', 'integer'] })
const ids = z.list(id, { max: BATCH_DOCUMENTS_MAX })
const documents = z.list(z.unknown(), { max: BATCH_DOCUMENTS_MAX }).meta({ items: { type: 'object' } })
const version = z.string().max(NAME_CHARACTERS_MAX)

/** Conditions on the stored document. The engine checks that there is at most one. */
const conditionFields = {
  if_version: version.exactOptional().describe('Its version equals this one'),
  if_absent: z.literal(true).exactOptional().describe('It does not exist'),
  if_present: z.literal(true).exactOptional().describe('It exists'),
}

/** The shape of {@link WriteConditions}. */
export const writeConditions: Shape<WriteConditions> = z.strictObject(conditionFields)

const idempotencyKey = z.string().min(1).exactOptional()
/** The options of a write of one document. */
export const putOptions: Shape<WriteOptions & WriteConditions> = z.strictObject({ idempotencyKey, ...conditionFields })

/** The shape of {@link WriteOperation}. */
export const writeOperation = exactly<WriteOperation>()(
  z.union([
    z.strictObject({ put: document, ...conditionFields }),
    z.strictObject({ patch, id, ...conditionFields }),
    z.strictObject({ delete: id.describe('An id'), ...conditionFields }),
  ]),
)

const atomic = z.boolean().exactOptional().meta({
  default: false,
  description: 'Whether to write the whole batch or nothing; all of its documents must then be in one shard',
})

/** The shape of {@link BatchOptions}. */
export const batchOptions: Shape<BatchOptions> = z.strictObject({ idempotencyKey, atomic })

const operations = z.list(writeOperation, { max: BATCH_DOCUMENTS_MAX })
/** The operations of a batch. */
export const operationsRequest: Shape<{ operations: WriteOperation[] }> = z.strictObject({ operations })
/** The documents of a batch. The engine checks each of them, because each fails alone. */
export const documentsRequest: Shape<{ documents: readonly unknown[] }> = z.strictObject({
  documents: z.custom<readonly unknown[]>(Array.isArray, { params: { expected: 'a list of documents' } }),
})

/** The JSON forms of a batch, in a request or in an upload. */
const BATCHES = {
  documents: z.strictObject({ documents, atomic }),
  operations: z.strictObject({ operations, atomic }),
}
/** A batch of operations, which the engine checks one by one. */
const uncheckedOperations = z.strictObject({ operations: z.list(z.unknown(), { max: BATCH_DOCUMENTS_MAX }), atomic })
const upload = z.strictObject({
  upload: z.string().max(NAME_CHARACTERS_MAX).describe('The name that `uploads` gave to the batch'),
})

/** The content of a batch: documents or operations. */
export type Batch = { documents: unknown[]; atomic?: boolean } | { operations: WriteOperation[]; atomic?: boolean }
/** A batch in a request. */
export type BatchRequest = Batch | { upload: string }

/** The shape of a batch, or of the name of an uploaded batch. */
export const writeRequest: Shape<BatchRequest | unknown[]> = z.union([
  BATCHES.documents,
  BATCHES.operations,
  upload,
  documents,
])

/**
 * Checks a batch against the form that its members imply, so errors refer to that form only. The engine checks each
 * document and each operation.
 *
 * @throws {InvalidRequestError} naming the member
 * @throws {LimitExceededError} over {@link BATCH_DOCUMENTS_MAX} documents or operations
 */
export function readBatch(body: unknown, where: string): Batch {
  if (Array.isArray(body)) return { documents: readShape(documents, body, 'documents') }
  if (isRecord(body) && 'operations' in body) return readShape(uncheckedOperations, body, where) as Batch
  return readShape(BATCHES.documents, body, where)
}

/** Checks a batch like {@link readBatch}, or the name of an upload. */
export function readWriteRequest(body: unknown): BatchRequest {
  const where = 'the batch'
  if (isRecord(body) && 'upload' in body) return readShape(upload, body, where)
  if (isRecord(body) ? !('documents' in body || 'operations' in body) : !Array.isArray(body)) {
    readShape(writeRequest, body, where)
  }
  return readBatch(body, where)
}

/** The shape of a request for an upload. */
export const uploadRequest: Shape<{ format?: UploadFormat; bytes: number }> = z.strictObject({
  format: z
    .enum(['ndjson', 'json'])
    .exactOptional()
    .meta({ default: 'ndjson', description: 'One document per line, or a batch as JSON; either may be gzipped' }),
  bytes: z.int().min(1).describe('Exact number of bytes that will be uploaded, after any compression'),
})

/** The ids of documents to read, and the freshness of the read. */
export const getRequest: Shape<{ ids: DocumentId[]; versions?: boolean } & ReadRequest> = z.strictObject({
  ids,
  versions: z.boolean().exactOptional().describe('Whether to return the versions of the documents'),
  ...readFields,
})

const filterFields = {
  filter: filterShape,
  limit: z.int().min(1).exactOptional().describe('Maximum documents to process in this request'),
  cursor: cursor.exactOptional().describe('The cursor of the previous answer'),
}

/** The shape of {@link DeleteRequest}. */
export const idsRequest: Shape<DeleteRequest> = z.strictObject({ ids })
/** The shape of {@link FilterRequest}. */
export const filterRequest: Shape<FilterRequest> = z.strictObject(filterFields)
/** The ids of documents to delete, or a filter that accepts them. */
export const deleteRequest: Shape<DeleteRequest | FilterRequest> = z.union([idsRequest, filterRequest])
/** The shape of {@link UpdateRequest}. */
export const updateByFilterRequest = exactly<UpdateRequest>()(z.strictObject({ ...filterFields, patch }))

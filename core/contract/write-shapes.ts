import { isRecord } from '../json-record.ts'
import { filterShape } from './filter-shape.ts'
import { BATCH_DOCUMENTS_MAX, NAME_CHARACTERS_MAX } from './limits.ts'
import { readShape } from './read-shape.ts'
import type { JsonObject, ReadRequest } from './search-request.ts'
import { cursor, readFields } from './search-shape.ts'
import { exactly, type Shape, z } from './shape.ts'
import type { DeleteRequest, FilterRequest, UpdateRequest, UploadFormat, WriteOperation } from './writes.ts'

/** Any JSON object, handed on as it is: zod's own record would drop keys such as `__proto__`. */
export const document: Shape<JsonObject> = z
  .custom<JsonObject>(isRecord, { params: { expected: 'an object' } })
  .meta({ type: 'object' })

const patch = document.describe('A JSON merge patch (RFC 7396)')
const id = z.string()
const ids = z.list(id, { max: BATCH_DOCUMENTS_MAX })
const documents = z.list(z.unknown(), { max: BATCH_DOCUMENTS_MAX }).meta({ items: { type: 'object' } })
const version = z.string().max(NAME_CHARACTERS_MAX)

/** What must hold of the stored document. The engine says that there is one condition at most. */
const conditionFields = {
  if_version: version.exactOptional().describe('Its version is this one'),
  if_absent: z.literal(true).exactOptional().describe('There is none'),
  if_present: z.literal(true).exactOptional().describe('There is one'),
}

/** {@link WriteOperation} as it is read. */
export const writeOperation = exactly<WriteOperation>()(
  z.union([
    z.strictObject({ put: document, ...conditionFields }),
    z.strictObject({ patch, id, ...conditionFields }),
    z.strictObject({ delete: id.describe('An id'), ...conditionFields }),
  ]),
)

const atomic = z
  .boolean()
  .exactOptional()
  .meta({ default: false, description: 'All of the batch or nothing; all of it has to be of one shard then' })

/** The forms of a batch as JSON, in a request or in an upload. */
const BATCHES = {
  documents: z.strictObject({ documents, atomic }),
  operations: z.strictObject({ operations: z.list(writeOperation, { max: BATCH_DOCUMENTS_MAX }), atomic }),
}
const upload = z.strictObject({
  upload: z.string().max(NAME_CHARACTERS_MAX).describe('A batch that was put where `uploads` said'),
})

/** What a batch holds: documents, or operations. */
export type Batch = { documents: unknown[]; atomic?: boolean } | { operations: WriteOperation[]; atomic?: boolean }
/** A batch as a request has it. */
export type BatchRequest = Batch | { upload: string }

/** A batch, or the name of an upload that holds one. */
export const writeRequest: Shape<BatchRequest | unknown[]> = z.union([
  BATCHES.documents,
  BATCHES.operations,
  upload,
  documents,
])

/**
 * Reads a batch of the form that its members name, so that errors are of that form alone.
 *
 * @throws {InvalidRequestError} naming the member
 * @throws {LimitExceededError} over {@link BATCH_DOCUMENTS_MAX} documents or operations
 */
export function readBatch(body: unknown, where: string): Batch {
  if (Array.isArray(body)) return { documents: readShape(documents, body, 'documents') }
  if (isRecord(body) && 'operations' in body) return readShape(BATCHES.operations, body, where)
  return readShape(BATCHES.documents, body, where)
}

/** As {@link readBatch}; the batch may be an upload. */
export function readWriteRequest(body: unknown): BatchRequest {
  if (isRecord(body) && 'upload' in body) return readShape(upload, body, 'the batch')
  if (isRecord(body) && !('documents' in body || 'operations' in body)) {
    readShape(writeRequest, body, 'the batch')
  }
  return readBatch(body, 'the batch')
}

/** What a client is about to upload. */
export const uploadRequest: Shape<{ format?: UploadFormat; bytes: number }> = z.strictObject({
  format: z
    .enum(['ndjson', 'json'])
    .exactOptional()
    .meta({ default: 'ndjson', description: 'One document a line, or a batch as JSON; either may be gzipped' }),
  bytes: z.int().min(1).describe('Bytes that will be put there, as they are sent; no other number is taken'),
})

/** Ids of documents to read, and how fresh to read them. */
export const getRequest: Shape<{ ids: string[]; versions?: boolean } & ReadRequest> = z.strictObject({
  ids,
  versions: z.boolean().exactOptional().describe('Whether to say the versions of the documents'),
  ...readFields,
})

const filterFields = {
  filter: filterShape,
  limit: z.int().min(1).exactOptional().describe('Most documents to work through before answering'),
  cursor: cursor.exactOptional().describe('Where the answer before ended'),
}

/** {@link DeleteRequest} as it is read. */
export const idsRequest: Shape<DeleteRequest> = z.strictObject({ ids })
/** {@link FilterRequest} as it is read. */
export const filterRequest: Shape<FilterRequest> = z.strictObject(filterFields)
/** Ids of documents to delete, or a filter that accepts them. */
export const deleteRequest: Shape<DeleteRequest | FilterRequest> = z.union([idsRequest, filterRequest])
/** {@link UpdateRequest} as it is read. */
export const updateByFilterRequest = exactly<UpdateRequest>()(z.strictObject({ ...filterFields, patch }))

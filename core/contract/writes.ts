import type { JsonObject, Warning } from './search-request.ts'

/** A document or operation of a batch that failed, and why. */
export type DocumentError = {
  /** Its place in the batch, from 0. */
  readonly position: number
  /** Null where it has no id that can be read. */
  readonly id: string | null
  readonly error: { readonly code: string; readonly message: string; readonly details?: JsonObject }
}

/** What became of a batch of documents. */
export type WriteAnswer = {
  /** Documents that are durable and visible to `strong` reads. */
  readonly indexed: number
  readonly failed: number
  /** In order of position. */
  readonly errors: readonly DocumentError[]
  /** Values that were kept but not indexed. */
  readonly warnings: readonly Warning[]
  /** Names the versions that the write made. A read with it sees the write. */
  readonly session: string
}

/** A condition that the stored document must meet for a write to be done. At most one of them. */
export type WriteConditions = {
  /** The document's version is this one. */
  readonly if_version?: string
  /** There is no document with this id. */
  readonly if_absent?: true
  /** There is a document with this id. */
  readonly if_present?: true
}

/** One write of a list: a document to put, a patch of a stored document, or the id of a document to delete. */
export type WriteOperation =
  | ({ readonly put: JsonObject } & WriteConditions)
  /** A JSON merge patch (RFC 7396). It fails if there is no document with this id. */
  | ({ readonly patch: JsonObject; readonly id: string } & WriteConditions)
  | ({ readonly delete: string } & WriteConditions)

/** What became of one operation. */
export type OperationOutcome = {
  readonly id: string | null
  /** `unchanged`: the patch changes nothing. `missing`: there was nothing to delete. */
  readonly status: 'created' | 'replaced' | 'patched' | 'unchanged' | 'deleted' | 'missing' | 'failed'
  /** Names what the document holds after the operation; null where there is no document. */
  readonly version: string | null
}

/** What became of a list of operations. */
export type OperationsAnswer = {
  /** In the order of the operations. */
  readonly results: readonly OperationOutcome[]
  readonly failed: number
  readonly errors: readonly DocumentError[]
  readonly warnings: readonly Warning[]
  readonly session: string
}

/** What became of a document that was put. */
export type PutAnswer = {
  readonly id: string
  /** Whether no document had the id before. */
  readonly created: boolean
  /** Names what the document holds. */
  readonly version: string
  readonly warnings: readonly Warning[]
  readonly session: string
}

/** What became of a document that was patched. */
export type PatchAnswer = {
  readonly id: string
  /** Whether the patch changed the document. */
  readonly changed: boolean
  /** Names what the document holds after the patch. */
  readonly version: string
  readonly warnings: readonly Warning[]
  readonly session: string
}

/** How many documents were deleted. */
export type DeleteAnswer = { readonly deleted: number; readonly session: string }

/** The documents that a filter accepts, in id order. */
export type FilterRequest = {
  readonly filter: JsonObject
  /** Most documents to change before the answer. Default: all, as far as the time allows. */
  readonly limit?: number
  /** `cursor` of the answer before. Default: the first document. */
  readonly cursor?: string
}

/** Ids of documents to delete, at most 10,000. */
export type DeleteRequest = { readonly ids: readonly string[] }

/** The documents that a filter accepts, and how to change them. */
export type UpdateRequest = FilterRequest & {
  /** A JSON merge patch (RFC 7396). */
  readonly patch: JsonObject
}

/** How far a deletion or update by filter came. */
export type FilterProgress = {
  /** Documents that the filter accepted when their turn came. */
  readonly matched: number
  readonly failed: number
  /** The first errors; `failed` counts all. */
  readonly errors: readonly FilterError[]
  /** Documents after the cursor that the filter accepted when they were last read. */
  readonly remaining: number
  /** Where the next request continues; null when everything is done. */
  readonly cursor: string | null
}

/** A document that a filter accepted and that could not be changed. */
export type FilterError = Omit<DocumentError, 'position'>

/** What became of a deletion by filter. */
export type DeleteByFilterAnswer = DeleteAnswer & FilterProgress

/** What became of an update by filter. */
export type UpdateAnswer = FilterProgress & {
  readonly updated: number
  /** Documents that the patch does not change, and that were not written. */
  readonly unchanged: number
  readonly warnings: readonly Warning[]
  readonly session: string
}

/** How a write is made. */
export type WriteOptions = {
  /**
   * Makes a repeated request find the first one's generated ids. Another batch under the same key is a
   * ConflictError('idempotency_key_reused').
   */
  readonly idempotencyKey?: string
}

/** How a batch is written. */
export type BatchOptions = WriteOptions & {
  /** Writes all of the batch or nothing; its documents must then be of one shard. Default: false. */
  readonly atomic?: boolean
}

/** A document, and the version that names what it holds. */
export type VersionedDocument = { readonly document: JsonObject; readonly version: string }

/** `ndjson`: one document a line. `json`: the body of a batch. Either may be gzipped. */
export type UploadFormat = 'ndjson' | 'json'

/** An address to which a client can upload a batch, for a while. */
export type UploadTicket = {
  /** Names the upload in the request that writes the batch. */
  readonly upload: string
  /** Takes the batch by HTTP PUT, without credentials. */
  readonly url: string
  /** In ISO 8601. */
  readonly expires_at: string
  /** Most bytes of the batch, unpacked. */
  readonly maximum_bytes: number
}

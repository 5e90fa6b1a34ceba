import type { JsonObject, Warning } from './search-request.ts'

/** The id of a document: a string, or an integer, which stands for the string of its decimal digits. */
export type DocumentId = string | number

/** A document or operation of a batch that failed, and why. */
export type DocumentError = {
  /** Its position in the batch, from 0. */
  readonly position: number
  /** Null if it has no readable id. */
  readonly id: string | null
  readonly error: { readonly code: string; readonly message: string; readonly details?: JsonObject }
}

/** The result of a batch of documents. */
export type WriteAnswer = {
  /** Number of documents that are durable and visible to `strong` reads. */
  readonly indexed: number
  readonly failed: number
  /** In the order of positions. */
  readonly errors: readonly DocumentError[]
  /** The ids in the order of the documents, with those that Prism made; null for a document that failed. */
  readonly ids: readonly (string | null)[]
  /** Values that were stored but not indexed. */
  readonly warnings: readonly Warning[]
  /** Names the versions that the write created. A read with this session sees the write. */
  readonly session: string
}

/** A condition on the stored document, without which a write fails. At most one of them. */
export type WriteConditions = {
  /** The document's version equals this one. */
  readonly if_version?: string
  /** No document has this id. */
  readonly if_absent?: true
  /** A document has this id. */
  readonly if_present?: true
}

/** One write of a batch: a document to put, a patch of a stored document, or the id of a document to delete. */
export type WriteOperation =
  | ({ readonly put: JsonObject } & WriteConditions)
  /** A JSON merge patch (RFC 7396). Fails if no document has this id. */
  | ({ readonly patch: JsonObject; readonly id: DocumentId } & WriteConditions)
  | ({ readonly delete: DocumentId } & WriteConditions)

/** The result of one operation. */
export type OperationOutcome = {
  readonly id: string | null
  /** `unchanged`: the patch changes nothing. `missing`: no document to delete exists. */
  readonly status: 'created' | 'replaced' | 'patched' | 'unchanged' | 'deleted' | 'missing' | 'failed'
  /** Identifies the content of the document after the operation; null if no document exists. */
  readonly version: string | null
}

/** The result of a batch of operations. */
export type OperationsAnswer = {
  /** In the order of the operations. */
  readonly results: readonly OperationOutcome[]
  readonly failed: number
  readonly errors: readonly DocumentError[]
  readonly warnings: readonly Warning[]
  readonly session: string
}

/** The result of putting a document. */
export type PutAnswer = {
  readonly id: string
  /** Whether no document had the id before. */
  readonly created: boolean
  /** Identifies the content of the document. */
  readonly version: string
  readonly warnings: readonly Warning[]
  readonly session: string
}

/** The result of patching a document. */
export type PatchAnswer = {
  readonly id: string
  /** Whether the patch changed the document. */
  readonly changed: boolean
  /** Identifies the content of the document after the patch. */
  readonly version: string
  readonly warnings: readonly Warning[]
  readonly session: string
}

/** The number of deleted documents. */
export type DeleteAnswer = { readonly deleted: number; readonly session: string }

/** The documents that a filter accepts, in id order. */
export type FilterRequest = {
  readonly filter: JsonObject
  /** Maximum documents to change in this request. Default: as many as the time allows. */
  readonly limit?: number
  /** `cursor` of the previous answer. Default: begins with the first document. */
  readonly cursor?: string
}

/** The ids of documents to delete, at most 10,000. */
export type DeleteRequest = { readonly ids: readonly DocumentId[] }

/** A filter, and the change to the documents that it accepts. */
export type UpdateRequest = FilterRequest & {
  /** A JSON merge patch (RFC 7396). */
  readonly patch: JsonObject
}

/** The progress of a deletion or an update by filter. */
export type FilterProgress = {
  /** Number of documents that the filter accepted when they were processed. */
  readonly matched: number
  readonly failed: number
  /** The first errors; `failed` counts all. */
  readonly errors: readonly FilterError[]
  /** Number of documents after the cursor that the filter accepted at the last read. */
  readonly remaining: number
  /** The place where the next request continues; null when all documents are done. */
  readonly cursor: string | null
}

/** A document that a filter accepted and that could not be changed. */
export type FilterError = Omit<DocumentError, 'position'>

/** The result of a deletion by filter. */
export type DeleteByFilterAnswer = DeleteAnswer & FilterProgress

/** The result of an update by filter. */
export type UpdateAnswer = FilterProgress & {
  readonly updated: number
  /** Number of documents that the patch does not change, and that were not written. */
  readonly unchanged: number
  readonly warnings: readonly Warning[]
  readonly session: string
}

/** Options of a write. */
export type WriteOptions = {
  /**
   * Makes a repeated request use the generated ids of the first. A different batch with the same key is a
   * ConflictError('idempotency_key_reused').
   */
  readonly idempotencyKey?: string
}

/** Options of a batch. */
export type BatchOptions = WriteOptions & {
  /** Whether to write the whole batch or nothing; all of its documents must then be in one shard. Default: false. */
  readonly atomic?: boolean
}

/** A document, and the version that identifies its content. */
export type VersionedDocument = { readonly document: JsonObject; readonly version: string }

/** `ndjson`: one document per line. `json`: the body of a batch. Either may be gzipped. */
export type UploadFormat = 'ndjson' | 'json'

/** A temporary address to which a client can upload a batch. */
export type UploadTicket = {
  /** Names the upload in the request that writes the batch. */
  readonly upload: string
  /** Accepts the batch by HTTP PUT, without credentials. */
  readonly url: string
  /** In ISO 8601. */
  readonly expires_at: string
  /** Maximum bytes of the batch, uncompressed. */
  readonly maximum_bytes: number
}

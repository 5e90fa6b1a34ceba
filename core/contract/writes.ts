import type { JsonObject, Warning } from './search-request.ts'

export type DocumentError = {
  readonly position: number
  readonly id: string | null
  readonly error: { readonly code: string; readonly message: string; readonly details?: JsonObject }
}

export type WriteAnswer = {
  readonly indexed: number
  readonly failed: number
  readonly errors: readonly DocumentError[]
  readonly warnings: readonly Warning[]
  readonly session: string
}

/** What must hold of the stored document for a write to be done; at most one of them. */
export type WriteConditions = {
  /** Its version is this one. */
  readonly if_version?: string
  /** There is none. */
  readonly if_absent?: true
  /** There is one. */
  readonly if_present?: true
}

/** One of a list of operations, done in their order. */
export type WriteOperation =
  | ({ readonly put: JsonObject } & WriteConditions)
  /** A JSON merge patch (RFC 7396) of a document that must be there. */
  | ({ readonly patch: JsonObject; readonly id: string } & WriteConditions)
  | ({ readonly delete: string } & WriteConditions)

export type OperationOutcome = {
  readonly id: string | null
  /** `unchanged`: the patch left it as it was; `missing`: there was nothing to delete. */
  readonly status: 'created' | 'replaced' | 'patched' | 'unchanged' | 'deleted' | 'missing' | 'failed'
  /** Of the document as the operation left it; null without one. */
  readonly version: string | null
}

export type OperationsAnswer = {
  /** By operation. */
  readonly results: readonly OperationOutcome[]
  readonly failed: number
  readonly errors: readonly DocumentError[]
  readonly warnings: readonly Warning[]
  readonly session: string
}

export type PutAnswer = {
  readonly id: string
  readonly created: boolean
  readonly version: string
  readonly warnings: readonly Warning[]
  readonly session: string
}

export type PatchAnswer = {
  readonly id: string
  /** False if the patch left the document as it was. */
  readonly changed: boolean
  readonly version: string
  readonly warnings: readonly Warning[]
  readonly session: string
}

export type DeleteAnswer = { readonly deleted: number; readonly session: string }

/** Documents that a filter accepts, worked through in id order. */
export type FilterRequest = {
  readonly filter: JsonObject
  /** Most documents to work through before answering; else all, as far as the time allows. */
  readonly limit?: number
  /** Where the answer before ended, as it said. */
  readonly cursor?: string
}

export type DeleteRequest = { readonly ids: readonly string[] }

export type UpdateRequest = FilterRequest & {
  /** A JSON merge patch. */
  readonly patch: JsonObject
}

/** How far work by filter came. */
export type FilterProgress = {
  /** Documents that the filter accepted when their turn came. */
  readonly matched: number
  readonly failed: number
  /** The first of them. */
  readonly errors: readonly FilterError[]
  /** Documents beyond the cursor that it accepted when they were last looked at. */
  readonly remaining: number
  /** Where to go on; null when everything is done. */
  readonly cursor: string | null
}

export type FilterError = Omit<DocumentError, 'position'>

export type DeleteByFilterAnswer = DeleteAnswer & FilterProgress

export type UpdateAnswer = FilterProgress & {
  readonly updated: number
  /** Documents that the patch leaves as they are: nothing was written. */
  readonly unchanged: number
  readonly warnings: readonly Warning[]
  readonly session: string
}

export type WriteOptions = {
  readonly idempotencyKey?: string
}

export type BatchOptions = WriteOptions & {
  /** All of the batch or nothing, which has to be of one shard then. */
  readonly atomic?: boolean
}

/** A document, and the version that names what it holds. */
export type VersionedDocument = { readonly document: JsonObject; readonly version: string }

/** `ndjson`: one document a line. `json`: a batch as a request has it. Either may be gzipped. */
export type UploadFormat = 'ndjson' | 'json'

/** Where and until when a client can put a batch. */
export type UploadTicket = {
  /** Names the upload in the request that writes it. */
  readonly upload: string
  /** Takes the batch by HTTP PUT, without credentials. */
  readonly url: string
  /** In ISO 8601. */
  readonly expires_at: string
  /** Of the batch, unpacked. */
  readonly maximum_bytes: number
}

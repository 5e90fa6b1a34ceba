import type { WriteOptions } from '../contract/writes.ts'
import type { PrismError } from '../errors.ts'

/** One document or deletion of a batch that was refused, by its position in the batch. */
export type DocumentFailure = { readonly position: number; readonly id: string | null; readonly error: PrismError }

export type WriteWarning = { readonly code: string; readonly message: string }

export type VersionedWriteOptions = WriteOptions & {
  /** Whether the result contains the documents' versions. Default: false. */
  readonly versions?: boolean
}

export type WriteResult = {
  /** Number of documents written; they are durable and visible. Documents with equal ids all count, although the last one replaces the others. */
  readonly indexed: number
  /** In order of position. */
  readonly failures: readonly DocumentFailure[]
  readonly warnings: readonly WriteWarning[]
  /** By position; undefined if the document failed. `created`: no document had that id before. */
  readonly written: readonly (
    | { readonly id: string; readonly created: boolean; readonly version: string | undefined }
    | undefined
  )[]
  /** Session token that names the versions that this write made. */
  readonly session: string
}

export type DeleteResult = { readonly deleted: number; readonly session: string }

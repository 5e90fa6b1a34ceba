import type { WriteOptions } from '../contract/writes.ts'
import type { PrismError } from '../errors.ts'

/** One document or deletion of a batch that was refused, by its position in the batch. */
export type DocumentFailure = { readonly position: number; readonly id: string | null; readonly error: PrismError }

export type WriteWarning = { readonly code: string; readonly message: string }

export type VersionedWriteOptions = WriteOptions & {
  /** Whether the result names the documents' versions. Default: it does not. */
  readonly versions?: boolean
}

export type WriteResult = {
  /** Documents that are durable and visible. Of equal ids the last one stands, and each counts. */
  readonly indexed: number
  /** In order of position. */
  readonly failures: readonly DocumentFailure[]
  readonly warnings: readonly WriteWarning[]
  /** By position; undefined where the document failed. `created`: no document had that id before. */
  readonly written: readonly (
    | { readonly id: string; readonly created: boolean; readonly version: string | undefined }
    | undefined
  )[]
  /** Names the versions that this write made. */
  readonly session: string
}

export type DeleteResult = { readonly deleted: number; readonly session: string }

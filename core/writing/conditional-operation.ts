import type { DocumentId } from '../contract/writes.ts'
import { ConflictError, type PrismError } from '../errors.ts'
import { quote } from '../quote.ts'
import type { Operation } from './plan-writes.ts'
import type { WriteWarning } from './write-result.ts'

/** An operation as the user gave it. */
export type GivenOperation = { readonly condition?: WriteCondition | undefined } & (
  | { readonly put: unknown }
  /** A JSON merge patch. */
  | { readonly patch: unknown; readonly id: DocumentId }
  | { readonly delete: DocumentId }
)

/** What must be true of the stored document with the operation's id when the operation's turn comes. */
export type WriteCondition =
  /** There is no such document. */
  | { readonly is: 'absent' }
  /** The document exists, with any contents. */
  | { readonly is: 'present' }
  /** The document exists and has this version. */
  | { readonly is: 'version'; readonly version: string }

/** Changes some members of an existing document. */
export type Patch = {
  readonly kind: 'patch'
  readonly id: string
  /** A JSON merge patch that does not change the id. */
  readonly patch: Readonly<Record<string, unknown>>
  readonly byteSize: number
}

/** An operation that may fail because of the stored documents. */
export type ConditionalOperation = (Operation | Patch) & { readonly condition?: WriteCondition | undefined }

/** The outcome of one operation. */
export type OperationResult =
  | {
      /** `unchanged`: the patch changed nothing; `missing`: there was no document to delete. */
      readonly status: 'created' | 'replaced' | 'patched' | 'unchanged' | 'deleted' | 'missing'
      /** Version of the document after the operation; undefined if there is none. */
      readonly version: string | undefined
      readonly warnings: readonly WriteWarning[]
    }
  | { readonly status: 'failed'; readonly error: PrismError }

/**
 * Makes the error for a condition that does not hold.
 *
 * @param current the version of the stored document; undefined if there is none
 * @param intended the version that the operation would have left; undefined for a deletion. If it is the current version, the document
 *   already is as the operation would leave it, because an earlier try, whose answer was lost, or another client wrote it
 */
export function versionConflict(
  id: string,
  condition: WriteCondition,
  { current, intended }: { readonly current: string | undefined; readonly intended: string | undefined | 'unknown' },
): ConflictError {
  const found = current === undefined ? 'there is no such document' : `its version is ${current}`
  const message = `document ${quote(id)} is not ${describe(condition)}: ${found}`
  const details = {
    id,
    current_version: current ?? null,
    ...(intended !== 'unknown' && { is_as_asked: intended === current }),
  }
  return new ConflictError('version_conflict', message, { details })
}

function describe(condition: WriteCondition): string {
  if (condition.is === 'version') return `of version ${condition.version}`
  return condition.is
}

/** Whether a condition holds for a document with that version; undefined if there is no document. */
export function holds(condition: WriteCondition | undefined, version: string | undefined): boolean {
  switch (condition?.is) {
    case undefined:
      return true
    case 'absent':
      return version === undefined
    case 'present':
      return version !== undefined
    case 'version':
      return version === condition.version
  }
}

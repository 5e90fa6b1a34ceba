import { ConflictError, type PrismError } from '../errors.ts'
import { quote } from '../quote.ts'
import type { Operation } from './plan-writes.ts'
import type { WriteWarning } from './write-result.ts'

/** One of a list of operations, as its user gave it. */
export type GivenOperation = { readonly condition?: WriteCondition | undefined } & (
  | { readonly put: unknown }
  /** A JSON merge patch. */
  | { readonly patch: unknown; readonly id: string }
  | { readonly delete: string }
)

/** What must hold of the document that is there when an operation's turn comes. */
export type WriteCondition =
  /** There is none. */
  | { readonly is: 'absent' }
  /** There is one, whatever it holds. */
  | { readonly is: 'present' }
  /** There is one, and it holds exactly this. */
  | { readonly is: 'version'; readonly version: string }

/** Changes some members of a document that must be there. */
export type Patch = {
  readonly kind: 'patch'
  readonly id: string
  /** A JSON merge patch that leaves the id alone. */
  readonly patch: Readonly<Record<string, unknown>>
  readonly byteSize: number
}

/** An operation that may fail by what is stored, alone or with others. */
export type ConditionalOperation = (Operation | Patch) & { readonly condition?: WriteCondition | undefined }

/** What became of one operation. */
export type OperationResult =
  | {
      /** `unchanged`: the patch leaves the document as it is; `missing`: there was nothing to delete. */
      readonly status: 'created' | 'replaced' | 'patched' | 'unchanged' | 'deleted' | 'missing'
      /** Of the document as it then is; undefined without one. */
      readonly version: string | undefined
      readonly warnings: readonly WriteWarning[]
    }
  | { readonly status: 'failed'; readonly error: PrismError }

/**
 * The error of a condition that does not hold.
 *
 * @param current the version of the document that is there, undefined if there is none
 * @param asked the version that the operation would have left; undefined: none. The same as the current one, it says that what
 *   was asked for is so already: by an earlier try whose answer was lost, or by somebody else
 */
export function versionConflict(
  id: string,
  condition: WriteCondition,
  { current, asked }: { readonly current: string | undefined; readonly asked: string | undefined | 'unknown' },
): ConflictError {
  const found = current === undefined ? 'there is no such document' : `its version is ${current}`
  const message = `document ${quote(id)} is not ${describe(condition)}: ${found}`
  const details = {
    id,
    current_version: current ?? null,
    ...(asked !== 'unknown' && { is_as_asked: asked === current }),
  }
  return new ConflictError('version_conflict', message, { details })
}

function describe(condition: WriteCondition): string {
  if (condition.is === 'version') return `of version ${condition.version}`
  return condition.is
}

/** Whether a condition holds of a document of that version, or of none. */
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

import { Buffer } from 'node:buffer'
import { BATCH_DOCUMENTS_MAX } from '../contract/limits.ts'
import type { DocumentId } from '../contract/writes.ts'
import { describeFound } from '../describe-found.ts'
import { InvalidRequestError, LimitExceededError, PrismError } from '../errors.ts'
import { quote } from '../quote.ts'
import { checkDocument, checkId, DOCUMENT_BYTES_MAX, textOfId } from '../schema/check-document.ts'
import { checkVersion } from '../segment/format/document-version.ts'
import { type EncodedBatch, encodeBatch, idOf } from './check-batch.ts'
import type { GivenOperation, Patch } from './conditional-operation.ts'
import type { DocumentFailure } from './write-result.ts'

export type CheckedOperations = {
  /** Documents to put, with the positions of their operations. */
  readonly puts: EncodedBatch
  /** Patches and deletions, with their positions. */
  readonly others: readonly PlacedOperation[]
  /** Refused operations, except refused documents of puts. */
  readonly failures: readonly DocumentFailure[]
}

export type PlacedOperation = (Patch | { readonly kind: 'delete'; readonly id: string }) & { readonly position: number }

/**
 * Checks what does not depend on a schema.
 *
 * @throws {LimitExceededError} 'batch_too_large'
 */
export function checkOperations(
  operations: readonly GivenOperation[],
  makeId: (position: number) => string,
): CheckedOperations {
  if (operations.length > BATCH_DOCUMENTS_MAX) {
    throw new LimitExceededError(
      'batch_too_large',
      `a batch has at most ${BATCH_DOCUMENTS_MAX} operations, found ${operations.length}`,
      { details: { limit: BATCH_DOCUMENTS_MAX, found: operations.length } },
    )
  }
  const positions: number[] = []
  const documents: unknown[] = []
  const others: PlacedOperation[] = []
  const failures: DocumentFailure[] = []
  for (const [position, operation] of operations.entries()) {
    try {
      if (operation.condition?.is === 'version') checkVersion(operation.condition.version)
      if ('put' in operation) {
        positions.push(position)
        documents.push(operation.put)
      } else if ('delete' in operation) {
        others.push({ kind: 'delete', id: checkId(operation.delete), position })
      } else {
        others.push({ ...checkPatch(operation.id, operation.patch), position })
      }
    } catch (error) {
      if (!(error instanceof PrismError)) throw error
      failures.push({ position, id: idOf(operation), error })
    }
  }
  const encoded = encodeBatch(documents, (i) => makeId(positions[i]!))
  const puts = {
    documents: encoded.documents.map((document) => ({ ...document, position: positions[document.position]! })),
    failures: encoded.failures.map((failure) => ({ ...failure, position: positions[failure.position]! })),
    byteSize: encoded.byteSize,
  }
  return { puts, others, failures }
}

/**
 * Checks a merge patch of a document: a JSON object, which may contain the document's id but not change it.
 *
 * @throws {InvalidRequestError} 'invalid_patch', `invalid_id` or `invalid_document`
 * @throws {LimitExceededError} 'document_too_large'
 */
export function checkPatch(given: DocumentId, patch: unknown): Patch {
  const id = checkId(given)
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) {
    throw new InvalidRequestError('invalid_patch', 'expected a patch to be an object with the members to change')
  }
  if ('id' in patch && patch.id !== undefined && textOfId(patch.id) !== id) {
    const message = `a patch cannot change the id, which is ${quote(id)}, to ${describeFound(patch.id)}`
    throw new InvalidRequestError('invalid_id', message)
  }
  const { document } = checkDocument(patch)
  const byteSize = Buffer.byteLength(JSON.stringify(document))
  if (byteSize <= DOCUMENT_BYTES_MAX) return { kind: 'patch', id, patch: document, byteSize }
  throw new LimitExceededError(
    'document_too_large',
    `patches have at most ${DOCUMENT_BYTES_MAX} bytes of JSON, found ${byteSize} for ${quote(id)}`,
    { details: { id, limit: DOCUMENT_BYTES_MAX, found: byteSize } },
  )
}

/**
 * Checks a merge patch of several documents.
 *
 * @throws {InvalidRequestError} 'invalid_id' if it contains an id; also the errors of {@link checkPatch}
 */
export function checkPatchOfMany(patch: object): Omit<Patch, 'id'> {
  if ('id' in patch) throw new InvalidRequestError('invalid_id', 'a patch of many documents cannot have an id')
  return checkPatch('any', patch)
}

import type { JsonObject } from '../contract/search-request.ts'
import { describeFound } from '../describe-found.ts'
import { InvalidRequestError } from '../errors.ts'
import { publicError } from '../public-error.ts'
import { quote } from '../quote.ts'
import { checkDocument, checkId, textOfId } from '../schema/check-document.ts'
import type { WriteCondition } from '../writing/conditional-operation.ts'
import type { OperationsResult } from '../writing/write-operations.ts'
import type { DocumentFailure, WriteResult } from '../writing/write-result.ts'
import type { DocumentError, DocumentId, OperationsAnswer, PutAnswer, WriteAnswer, WriteConditions } from './engine.ts'

/** The result of a batch of documents in the form of the contract. */
export function toWriteAnswer({ indexed, failures, written, warnings, session }: WriteResult): WriteAnswer {
  const ids = written.map((document) => document?.id ?? null)
  return { indexed, failed: failures.length, errors: failures.map(toDocumentError), ids, warnings, session }
}

/** A failure in the form of the contract. */
export function toDocumentError({ position, id, error }: DocumentFailure): DocumentError {
  const { code, message, details } = publicError(error)
  return { position, id, error: { code, message, ...(Object.keys(details).length > 0 && { details }) } }
}

/** @throws {PrismError} the document's failure */
export function toPutAnswer({ failures, written, warnings, session }: WriteResult): PutAnswer {
  const [failure] = failures
  if (failure !== undefined) throw failure.error
  const [document] = written
  return { id: document!.id, created: document!.created, version: document!.version!, warnings, session }
}

/** The result of a batch of operations in the form of the contract. */
export function toOperationsAnswer({ results, warnings, session }: OperationsResult): OperationsAnswer {
  const errors = results.flatMap((result, position) =>
    result.status === 'failed' ? toDocumentError({ position, id: result.id, error: result.error }) : [],
  )
  return {
    results: results.map((result) => ({
      id: result.id,
      status: result.status,
      version: (result.status === 'failed' ? undefined : result.version) ?? null,
    })),
    failed: errors.length,
    errors,
    warnings,
    session,
  }
}

/**
 * The result of a single operation.
 *
 * @throws {PrismError} the error of the operation
 */
export function onlyResult({ results }: OperationsResult): Done {
  const [result] = results
  if (result!.status === 'failed') throw result!.error
  return result as Done
}

type Done = Exclude<OperationsResult['results'][number], { readonly status: 'failed' }>

/** The answer for a batch of documents that were written as operations. */
export function operationsToWriteAnswer(result: OperationsResult): WriteAnswer {
  const { results, failed, errors, warnings, session } = toOperationsAnswer(result)
  const ids = results.map(({ id, status }) => (status === 'failed' ? null : id))
  return { indexed: results.length - failed, failed, errors, ids, warnings, session }
}

/** @throws {InvalidRequestError} 'invalid_condition' if there are several */
export function readConditions({ if_version, if_absent, if_present }: WriteConditions): WriteCondition | undefined {
  const named = Object.entries({ if_version, if_absent, if_present }).filter(([, value]) => value !== undefined)
  if (named.length > 1) {
    const message = `a write has one condition, not ${named.map(([name]) => name).join(' and ')}`
    throw new InvalidRequestError('invalid_condition', message)
  }
  if (if_version !== undefined) return { is: 'version', version: if_version }
  if (if_absent !== undefined) return { is: 'absent' }
  return if_present === undefined ? undefined : { is: 'present' }
}

/**
 * Adds the id under which a document is put.
 *
 * @throws {InvalidRequestError} if the document is not a JSON object, or has another id
 */
export function withId(document: unknown, id: DocumentId): JsonObject {
  checkId(id)
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new InvalidRequestError('invalid_document', 'the document must be a JSON object')
  }
  const given = (document as JsonObject).id
  if (given !== undefined && textOfId(given) !== String(id)) {
    const message = `the document's id is ${describeFound(given)}, but it is put under ${quote(String(id))}`
    throw new InvalidRequestError('invalid_id', message)
  }
  // Before it is copied: a copy of a Map or a Date is an empty object.
  checkDocument(document)
  return { ...document, id }
}

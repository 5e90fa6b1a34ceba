import { InvalidRequestError } from '../errors.ts'
import type { JsonObject } from '../query/search-request.ts'
import type { DocumentFailure, WriteResult } from '../shard/shards.ts'
import type { DocumentError, PutAnswer, WriteAnswer } from './engine.ts'

export function toWriteAnswer({ indexed, failures, warnings, session }: WriteResult): WriteAnswer {
  return { indexed, failed: failures.length, errors: failures.map(toDocumentError), warnings, session }
}

function toDocumentError({ position, id, error }: DocumentFailure): DocumentError {
  const { code, message, details } = error
  return { position, id, error: { code, message, ...(Object.keys(details).length > 0 && { details }) } }
}

/** @throws {PrismError} the document's failure */
export function toPutAnswer({ failures, written, warnings, session }: WriteResult): PutAnswer {
  const [failure] = failures
  if (failure !== undefined) throw failure.error
  const [document] = written
  return { id: document!.id, created: document!.created, warnings, session }
}

/**
 * The document with the id it is to be put under.
 *
 * @throws {InvalidRequestError} if it is not an object, or names another id
 */
export function withId(document: unknown, id: string): JsonObject {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new InvalidRequestError('invalid_document', 'the document must be a JSON object')
  }
  const given = (document as JsonObject).id
  if (given !== undefined && given !== id) {
    const message = `the document's id is ${JSON.stringify(given)}, but it is put under ${JSON.stringify(id)}`
    throw new InvalidRequestError('invalid_id', message)
  }
  return { ...document, id }
}

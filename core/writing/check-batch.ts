import { createHash } from 'node:crypto'
import { BATCH_DOCUMENTS_MAX } from '../contract/limits.ts'
import { LimitExceededError, PrismError } from '../errors.ts'
import { nameFromBytes, type Random } from '../random.ts'
import { checkDocument, encodeDocument, ID_BYTES_MAX, textOfId } from '../schema/check-document.ts'
import { addFields, flattenDocument } from '../schema/flatten-document.ts'
import type { Schema } from '../schema/schema.ts'
import type { Put } from './plan-writes.ts'
import type { DocumentFailure, WriteWarning } from './write-result.ts'

export const BATCH_BYTES_MAX = 32 * 1024 * 1024
/** Larger batches are built in a worker, which computes the fields again: keeping them would double the memory. */
export const INLINE_BYTES_MAX = 64 * 1024
/** Most warnings of one batch; more would only repeat them. */
export const WARNINGS_MAX = 100

export type CheckedBatch = {
  /** The schema that the documents were checked against: the base, or its next version with the documents' new fields. */
  readonly schema: Schema
  readonly puts: readonly (Put & { readonly position: number })[]
  readonly failures: readonly DocumentFailure[]
  readonly warnings: readonly WriteWarning[]
}

/** A document as it will be stored, which does not depend on the schema. */
export type EncodedDocument = {
  readonly position: number
  readonly id: string
  readonly document: Readonly<Record<string, unknown>>
  readonly json: Uint8Array
}

export type EncodedBatch = {
  readonly documents: readonly EncodedDocument[]
  readonly failures: readonly DocumentFailure[]
  readonly byteSize: number
}

/**
 * Checks what does not depend on a schema, gives an id to each document without one,
 * and encodes all documents as JSON.
 *
 * @throws {LimitExceededError} 'batch_too_large'
 */
export function encodeBatch(documents: readonly unknown[], makeId: (position: number) => string): EncodedBatch {
  if (documents.length > BATCH_DOCUMENTS_MAX) throw tooLarge('documents', documents.length, BATCH_DOCUMENTS_MAX)
  const encoded: EncodedDocument[] = []
  const failures: DocumentFailure[] = []
  let byteSize = 0
  for (const [position, given] of documents.entries()) {
    try {
      const { id = makeId(position), document } = checkDocument(given)
      const json = encodeDocument(id, document)
      byteSize += json.length
      encoded.push({ position, id, document, json })
    } catch (error) {
      failures.push(failureOf(error, position, idOf(given)))
    }
    if (byteSize > BATCH_BYTES_MAX) throw tooLarge('bytes of JSON', byteSize, BATCH_BYTES_MAX)
  }
  return { documents: encoded, failures, byteSize }
}

/**
 * Checks documents against a schema, and adds the fields that the schema lacks to a draft
 * of its next version, in the order of the batch. Refused documents add no fields.
 */
export function checkBatch(base: Schema, { documents, failures: refused, byteSize }: EncodedBatch): CheckedBatch {
  const failures = [...refused]
  const warnings: WriteWarning[] = []
  const puts: (Put & { position: number })[] = []
  const keepsFields = byteSize <= INLINE_BYTES_MAX
  let schema = base
  for (const { position, id, document, json } of documents) {
    try {
      let flat = flattenDocument(schema, document, position)
      if (flat.newFields.length > 0) {
        const extended = { ...addFields(schema, flat.newFields), version: base.version + 1 }
        flat = flattenDocument(extended, document, position)
        schema = extended
      }
      warnings.push(...flat.warnings.slice(0, WARNINGS_MAX - warnings.length))
      puts.push({ kind: 'put', position, id, json, fields: keepsFields ? flat.fields : undefined })
    } catch (error) {
      failures.push(failureOf(error, position, id))
    }
  }
  return { schema, puts, failures: failures.sort((a, b) => a.position - b.position), warnings }
}

/** Makes ids for documents without one. The same key and position give the same id, so that a repeated request replaces its documents. */
export function idMaker(random: Random, idempotencyKey: string | undefined): (position: number) => string {
  if (idempotencyKey === undefined) return () => random.name()
  return (position) => {
    const digest = createHash('sha256').update(`${idempotencyKey}\0${position}`).digest()
    return nameFromBytes(digest.subarray(0, 16))
  }
}

function failureOf(error: unknown, position: number, id: string | null): DocumentFailure {
  if (error instanceof PrismError) return { position, id, error }
  throw error
}

/** The id of a refused document or operation; null if it is no id or is too long to repeat in an answer. */
export function idOf(given: unknown): string | null {
  const id = typeof given === 'object' && given !== null ? textOfId((given as { id?: unknown }).id) : undefined
  return typeof id === 'string' && id.length <= ID_BYTES_MAX ? id : null
}

function tooLarge(what: string, found: number, limit: number): LimitExceededError {
  return new LimitExceededError('batch_too_large', `a batch has at most ${limit} ${what}, found ${found}`, {
    details: { limit, found },
  })
}

import type { DocumentError, OperationsAnswer, WriteAnswer, WriteOperation } from '../contract/writes.ts'
import { toDocumentError } from '../engine/write-answers.ts'
import { PrismError } from '../errors.ts'
import { checkDocument } from '../schema/check-document.ts'
import { checkVersion } from '../segment/format/document-version.ts'
import { failureOfAtomic } from '../writing/atomic-failure.ts'
import { idOf } from '../writing/check-batch.ts'
import { checkPatch } from '../writing/check-operations.ts'
import type { DocumentFailure } from '../writing/write-result.ts'

// JSON would silently change some values: NaN to null, a Set to {}, a function to nothing. An engine in this process refuses
// the documents that hold them, each alone. So does a server, because it is sent something else that it refuses.

/** What is sent in the place of a refused document or patch. Its id is refused, so that the server counts a failure there. */
const STAND_IN = { id: '' }

/** A batch to send, and the failures of what was replaced in it, by position. */
export type Sendable<Item> = { readonly items: readonly Item[]; readonly refused: ReadonlyMap<number, DocumentFailure> }

/** Replaces the documents that are not JSON. */
export function sendableDocuments(documents: readonly unknown[]): Sendable<unknown> {
  return withStandIns(
    documents,
    (document) => refusal(idOf(document), () => checkDocument(document)),
    () => STAND_IN,
  )
}

/** Replaces the documents and patches of operations that are not JSON. */
export function sendableOperations(operations: readonly WriteOperation[]): Sendable<WriteOperation> {
  return withStandIns(operations, refusalOfOperation, (operation) =>
    'put' in operation ? { ...operation, put: STAND_IN } : { ...operation, patch: STAND_IN },
  )
}

type Refusal = Omit<DocumentFailure, 'position'>

function refusalOfOperation(operation: WriteOperation): Refusal | undefined {
  if ('delete' in operation) return undefined
  const { if_version } = operation
  const ofCondition = if_version === undefined ? undefined : refusal(idOf(operation), () => checkVersion(if_version))
  if (ofCondition !== undefined) return ofCondition
  if ('put' in operation) return refusal(idOf(operation.put), () => checkDocument(operation.put))
  return refusal(idOf(operation), () => checkPatch(operation.id, operation.patch))
}

function refusal(id: string | null, check: () => void): Refusal | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (error instanceof PrismError) return { id, error }
    throw error
  }
}

function withStandIns<Item>(
  given: readonly Item[],
  refusalOf: (item: Item) => Refusal | undefined,
  standIn: (item: Item) => Item,
): Sendable<Item> {
  const refused = new Map<number, DocumentFailure>()
  const items = given.map((item, position) => {
    const failure = refusalOf(item)
    if (failure === undefined) return item
    refused.set(position, { position, ...failure })
    return standIn(item)
  })
  return { items, refused }
}

/** Puts the errors of refused documents where the server answered those of their stand-ins. */
export function withRefused<Answer extends WriteAnswer | OperationsAnswer>(
  answer: Answer,
  { refused }: Sendable<unknown>,
): Answer {
  if (refused.size === 0) return answer
  const errors = answer.errors.map((error): DocumentError => {
    const failure = refused.get(error.position)
    return failure === undefined ? error : toDocumentError(failure)
  })
  if (!('results' in answer)) return { ...answer, errors }
  const results = answer.results.map((result, i) => {
    const failure = refused.get(i)
    return failure === undefined ? result : { ...result, id: failure.id }
  })
  return { ...answer, errors, results }
}

/** The error of an atomic batch, if the server names a stand-in as its first failure; else the error itself. */
export function errorOfBatch(error: unknown, { items, refused }: Sendable<unknown>): unknown {
  if (!(error instanceof PrismError)) return error
  const { position, failed } = error.details
  const failure = refused.get(position as number)
  return failure === undefined ? error : failureOfAtomic(failure, failed as number, items.length)
}

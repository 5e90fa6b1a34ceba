import type { Warning } from '../contract/search-request.ts'
import { InvalidRequestError, OutcomeUnknownError, UnavailableError } from '../errors.ts'
import { publicError } from '../public-error.ts'
import { parseFilter } from '../query/filter/parse-filter.ts'
import { simplifyFilter } from '../query/filter/simplify-filter.ts'
import { type Match, matchAmong, matchPage } from '../reading/match-documents.ts'
import type { Collection } from '../version/collection.ts'
import { decodeSession, encodeSession } from '../version/session.ts'
import { checkPatchOfMany } from '../writing/check-operations.ts'
import type { GivenOperation } from '../writing/conditional-operation.ts'
import type { OperationsResult } from '../writing/write-operations.ts'
import { decodeListingCursor, encodeListingCursor } from './cursor.ts'
import type {
  CallOptions,
  DeleteByFilterAnswer,
  FilterError,
  FilterRequest,
  UpdateAnswer,
  UpdateRequest,
} from './engine.ts'
import type { EngineContext } from './engine-context.ts'

/** Documents found at once; their versions are in memory until the documents are changed. */
const PAGE_DOCUMENTS = 10_000
/** Deletions of one batch, which is one commit per shard. */
const DELETE_BATCH = 10_000
/** Patches of one batch, unless the documents are large. */
const UPDATE_BATCH_MAX = 1_000
/** Maximum bytes of one batch: stored documents and their patches. */
const UPDATE_BATCH_BYTES = 4 * 1024 * 1024
/** Maximum attempts at a document that other writers keep changing. */
const ATTEMPTS_MAX = 20
/** Maximum errors, and maximum warnings, in an answer. */
const NAMED_MAX = 100
/** Milliseconds that must be left for a batch to begin, because the answer must report the progress in time. */
const BATCH_MS_MIN = 5_000

/** The result of an operation that succeeded. */
type Status = Exclude<OperationsResult['results'][number]['status'], 'failed'>

type Progress = {
  matched: number
  failed: number
  readonly counts: Map<Status, number>
  readonly errors: FilterError[]
  readonly warnings: Warning[]
  remaining: number
  cursor: string | null
  session: string
}

/** Deletes the documents that a filter accepts: {@link Engine.deleteByFilter}. */
export async function deleteByFilter(
  context: EngineContext,
  name: string,
  request: FilterRequest & CallOptions,
): Promise<DeleteByFilterAnswer> {
  const {
    counts,
    warnings: _,
    ...progress
  } = await workThrough(context, name, request, {
    operationOf: ({ id }) => ({ delete: id }),
    batchOf: () => DELETE_BATCH,
  })
  return { deleted: counts.get('deleted') ?? 0, ...progress }
}

/** Patches the documents that a filter accepts: {@link Engine.updateByFilter}. */
export async function updateByFilter(
  context: EngineContext,
  name: string,
  { patch, ...request }: UpdateRequest & CallOptions,
): Promise<UpdateAnswer> {
  const { byteSize: patchBytes } = checkPatchOfMany(patch)
  const { counts, ...progress } = await workThrough(context, name, request, {
    operationOf: ({ id }) => ({ patch, id }),
    batchOf: (documentBytes) =>
      Math.max(1, Math.min(UPDATE_BATCH_MAX, Math.floor(UPDATE_BATCH_BYTES / (documentBytes + patchBytes)))),
  })
  return { updated: counts.get('patched') ?? 0, unchanged: counts.get('unchanged') ?? 0, ...progress }
}

type Work = {
  readonly operationOf: (match: Match) => GivenOperation
  /** The number of documents in a batch, given the stored bytes of a document. */
  readonly batchOf: (documentBytes: number) => number
}

/**
 * Changes every document that a filter accepts, in id order. Changes a document only if it still has the version that
 * the filter accepted; otherwise the filter is evaluated again.
 *
 * A failure of storage ends the work after the last batch that is certainly done, and the cursor continues there. If no
 * batch is done, the failure is thrown.
 */
async function workThrough(
  context: EngineContext,
  name: string,
  { filter, limit, cursor, signal }: FilterRequest & CallOptions,
  { operationOf, batchOf }: Work,
): Promise<Progress> {
  if (limit !== undefined && !(Number.isInteger(limit) && limit >= 1)) {
    throw new InvalidRequestError('invalid_limit', `limit must be a whole number from 1, got ${limit}`)
  }
  let after = cursor === undefined ? undefined : decodeListingCursor(cursor)
  let left = limit ?? Number.POSITIVE_INFINITY
  let done: Progress = {
    matched: 0,
    failed: 0,
    counts: new Map(),
    errors: [],
    warnings: [],
    remaining: 0,
    cursor: cursor ?? null,
    session: encodeSession(new Map()),
  }
  let isBegun = false
  for (;;) {
    signal?.throwIfAborted()
    const collection = await context.shards.getCollection(name, 'fresh')
    const { schema } = collection
    const accepted = simplifyFilter(parseFilter(filter, schema), schema)
    const page = { filter: accepted, after, limit: Math.min(left, PAGE_DOCUMENTS) }
    const { matches, remaining, documentBytes } = await matchPage(context, collection, page)
    const size = batchOf(documentBytes)
    for (let from = 0; from < matches.length; from += size) {
      const batch = matches.slice(from, from + size)
      signal?.throwIfAborted()
      if (isBegun && context.timeLimit.remainingMs() < BATCH_MS_MIN) return done
      try {
        const results = await doBatch(context, collection, { batch, filter: page.filter, operationOf })
        after = batch.at(-1)!.id
        const ahead = remaining + matches.length - from - batch.length
        done = { ...addUp(done, results), remaining: ahead, cursor: ahead === 0 ? null : encodeListingCursor(after) }
      } catch (error) {
        if (isBegun && isOutside(error)) return done
        throw error
      }
      isBegun = true
    }
    left -= matches.length
    if (remaining === 0) return { ...done, remaining: 0, cursor: null }
    if (left <= 0) return done
  }
}

type Batch = {
  readonly batch: readonly Match[]
  readonly filter: Parameters<typeof matchAmong>[2]['filter']
  readonly operationOf: (match: Match) => GivenOperation
}

/** Repeats until every document of the batch is done or no longer matches the filter. */
async function doBatch(
  context: EngineContext,
  collection: Collection,
  { batch, filter, operationOf }: Batch,
): Promise<OperationsResult[]> {
  const all: OperationsResult[] = []
  let open = batch
  for (let attempt = 1; open.length > 0; attempt++) {
    const operations = open.map((match) => ({
      ...operationOf(match),
      condition: { is: 'version' as const, version: match.version },
    }))
    const written = await context.shards.writeOperations(collection, operations)
    for (const result of written.results) {
      if (result.status === 'failed' && isOutside(result.error)) throw result.error
    }
    const changed = attempt === ATTEMPTS_MAX ? [] : written.results.filter(isConflict)
    all.push({ ...written, results: written.results.filter((result) => !changed.includes(result)) })
    open =
      changed.length === 0 ? [] : await matchAmong(context, collection, { filter, ids: changed.map(({ id }) => id!) })
  }
  return all
}

function isConflict(result: OperationsResult['results'][number]): boolean {
  return result.status === 'failed' && result.error.code === 'version_conflict'
}

/** Whether an error has its cause outside the documents, so the same work may succeed later. */
function isOutside(error: unknown): boolean {
  return error instanceof UnavailableError || error instanceof OutcomeUnknownError
}

function addUp(before: Progress, batches: readonly OperationsResult[]): Progress {
  const sum = { ...before, counts: new Map(before.counts), errors: [...before.errors], warnings: [...before.warnings] }
  for (const { results, warnings, session } of batches) {
    for (const result of results) {
      sum.matched++
      if (result.status !== 'failed') {
        sum.counts.set(result.status, (sum.counts.get(result.status) ?? 0) + 1)
        continue
      }
      sum.failed++
      if (sum.errors.length < NAMED_MAX) sum.errors.push({ id: result.id, error: publicError(result.error) })
    }
    sum.warnings.push(...warnings.slice(0, NAMED_MAX - sum.warnings.length))
    sum.session = encodeSession(decodeSession(`${sum.session},${session}`))
  }
  return sum
}

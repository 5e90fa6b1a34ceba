import type {
  DeleteByFilterAnswer,
  Engine,
  FilterProgress,
  FilterRequest,
  UpdateAnswer,
  UpdateRequest,
} from '../engine/engine.ts'
import { decodeSession, encodeSession } from '../version/session.ts'

/** Documents per request if progress is reported. */
const REPORTED_LIMIT = 5_000
/** Maximum errors, and maximum warnings, of the whole answer. */
const NAMED_MAX = 100

/** How a call over many requests reports its progress and is stopped. */
export type GoOnOptions<Answer> = {
  /** Called after every request with the progress since the start. */
  readonly onProgress?: (soFar: Answer) => void
  /** Stops after the running request. The answer then has the cursor to continue with. */
  readonly signal?: AbortSignal
}

/** Deletes all documents that a filter accepts, request after request. */
export function deleteAll(
  engine: Engine,
  name: string,
  request: FilterRequest,
  options: GoOnOptions<DeleteByFilterAnswer> = {},
): Promise<DeleteByFilterAnswer> {
  return goOn(
    request,
    options,
    (part) => engine.deleteByFilter(name, part),
    (before, next) => ({
      ...next,
      ...sumOf(before, next),
      deleted: before.deleted + next.deleted,
    }),
  )
}

/** Patches all documents that a filter accepts, request after request. */
export function updateAll(
  engine: Engine,
  name: string,
  request: UpdateRequest,
  options: GoOnOptions<UpdateAnswer> = {},
): Promise<UpdateAnswer> {
  return goOn(
    request,
    options,
    (part) => engine.updateByFilter(name, part),
    (before, next) => ({
      ...next,
      ...sumOf(before, next),
      updated: before.updated + next.updated,
      unchanged: before.unchanged + next.unchanged,
      warnings: [...before.warnings, ...next.warnings].slice(0, NAMED_MAX),
    }),
  )
}

async function goOn<Request extends FilterRequest, Answer extends FilterProgress>(
  request: Request,
  { onProgress, signal }: GoOnOptions<Answer>,
  ask: (part: Request) => Promise<Answer>,
  add: (before: Answer, next: Answer) => Answer,
): Promise<Answer> {
  const isTold = onProgress !== undefined || signal !== undefined
  const part = isTold && request.limit === undefined ? { ...request, limit: REPORTED_LIMIT } : request
  let all = await ask(part)
  onProgress?.(all)
  while (all.cursor !== null && !signal?.aborted && request.limit === undefined) {
    all = add(all, await ask({ ...part, cursor: all.cursor }))
    onProgress?.(all)
  }
  return all
}

function sumOf<Answer extends FilterProgress & { readonly session: string }>(before: Answer, next: Answer) {
  return {
    session: encodeSession(decodeSession(`${before.session},${next.session}`)),
    matched: before.matched + next.matched,
    failed: before.failed + next.failed,
    errors: [...before.errors, ...next.errors].slice(0, NAMED_MAX),
  }
}

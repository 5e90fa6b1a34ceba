import {
  ConflictError,
  FencedError,
  InvalidRequestError,
  LimitExceededError,
  NotFoundError,
  OutcomeUnknownError,
  PrismError,
  UnavailableError,
} from '../errors.ts'
import { type PublicError, publicError } from '../public-error.ts'
import { ClientGoneError, RefusedByHttpError } from './transfer/refusals.ts'

/** Status codes that errors are answered with. 499: the client has gone. */
export type ErrorStatus = 400 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 429 | 499 | 500 | 503

/** An error as it is answered. */
export type ErrorReply = {
  readonly status: ErrorStatus
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly error: PublicError }
  /** Whether the error goes to the log: users cannot cause it, and do not see all of it. */
  readonly isForLog: boolean
}

const RETRY_AFTER = { 'Retry-After': '1' }

/** The only place where an error becomes a status code. @param requestId finds in the log what the client does not see */
export function replyToError(error: unknown, requestId: string): ErrorReply {
  const status = error instanceof PrismError ? statusOf(error) : 500
  const isForLog = status === 500 || status === 503
  const { details, ...rest } = publicError(error)
  const headers = status === 429 || status === 503 ? RETRY_AFTER : headersOf(error)
  const all = isForLog ? { ...details, request_id: requestId } : details
  return { status, headers, body: { error: { ...rest, details: all } }, isForLog }
}

function statusOf(error: PrismError): ErrorStatus {
  if (error instanceof RefusedByHttpError) return error.status
  if (error instanceof ClientGoneError) return 499
  if (error instanceof InvalidRequestError) return 400
  if (error instanceof NotFoundError) return 404
  if (error instanceof ConflictError) return 409
  if (error instanceof LimitExceededError) return 413
  if (error instanceof UnavailableError) return error.code === 'overloaded' ? 429 : 503
  // The write may have happened. The client asks again with its idempotency key, so this is a 503 as well.
  if (error instanceof OutcomeUnknownError || error instanceof FencedError) return 503
  return 500
}

function headersOf(error: unknown): Readonly<Record<string, string>> {
  return error instanceof RefusedByHttpError ? error.headers : {}
}

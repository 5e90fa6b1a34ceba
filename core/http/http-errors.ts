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

/** Status codes of errors. 499: the client has disconnected. */
export type ErrorStatus = 400 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 429 | 499 | 500 | 503

/** The reply for an error. */
export type ErrorReply = {
  readonly status: ErrorStatus
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly error: PublicError }
  /** Whether the error is logged, because users cannot cause it and do not see its details. */
  readonly isForLog: boolean
}

const RETRY_AFTER = { 'Retry-After': '1' }

/** Converts an error to a reply; the only place that chooses status codes. @param requestId connects the reply to the log */
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
  // The write may have happened. A retry with the same idempotency key is safe, so this is also a 503.
  if (error instanceof OutcomeUnknownError || error instanceof FencedError) return 503
  return 500
}

function headersOf(error: unknown): Readonly<Record<string, string>> {
  return error instanceof RefusedByHttpError ? error.headers : {}
}

import {
  ConflictError,
  CorruptDataError,
  FencedError,
  InvalidRequestError,
  LimitExceededError,
  NotFoundError,
  OutcomeUnknownError,
  PrismError,
  UnavailableError,
} from '../errors.ts'

export type ErrorStatus = 400 | 403 | 404 | 405 | 409 | 413 | 415 | 429 | 500 | 503

/** An error as it is answered. */
export type ErrorReply = {
  readonly status: ErrorStatus
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly error: { readonly code: string; readonly message: string; readonly details: object } }
  /** True for what users cannot cause: somebody has to look at it. */
  readonly isDefect: boolean
}

const RETRY_AFTER = { 'Retry-After': '1' }

/** The only place where an error becomes a status code. */
export function replyToError(error: unknown): ErrorReply {
  if (!(error instanceof PrismError)) return replyToDefect('internal_error', 'internal error')
  // What is wrong with stored bytes is for the operator, by way of the log: keys and offsets mean nothing to a client.
  if (error instanceof CorruptDataError) return replyToDefect(error.code, 'stored data are damaged')
  const status = statusOf(error)
  const { code, message, details } = error
  const headers = status === 429 || status === 503 ? RETRY_AFTER : headersOf(error)
  return { status, headers, body: { error: { code, message, details } }, isDefect: status === 500 }
}

function statusOf(error: PrismError): ErrorStatus {
  if (error instanceof RefusedByHttpError) return error.status
  if (error instanceof InvalidRequestError) return 400
  if (error instanceof NotFoundError) return 404
  if (error instanceof ConflictError) return 409
  if (error instanceof LimitExceededError) return 413
  if (error instanceof UnavailableError) return error.code === 'overloaded' ? 429 : 503
  // The write may have happened. The client asks again with its idempotency key, so this is a 503 as well.
  if (error instanceof OutcomeUnknownError || error instanceof FencedError) return 503
  return 500
}

function headersOf(error: PrismError): Readonly<Record<string, string>> {
  return error instanceof RefusedByHttpError ? error.headers : {}
}

function replyToDefect(code: string, message: string): ErrorReply {
  return { status: 500, headers: {}, body: { error: { code, message, details: {} } }, isDefect: true }
}

type RefusedStatus = 403 | 405 | 415

/** A request that HTTP itself refuses: its origin, its method, its media type. */
export class RefusedByHttpError extends PrismError {
  override readonly name = 'RefusedByHttpError'
  readonly status: RefusedStatus
  readonly headers: Readonly<Record<string, string>>

  constructor(status: RefusedStatus, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(code, message)
    this.status = status
    this.headers = headers
  }
}

import {
  ConflictError,
  CorruptDataError,
  type ErrorDetails,
  InternalError,
  InvalidRequestError,
  LimitExceededError,
  NotFoundError,
  OutcomeUnknownError,
  type PrismError,
  UnavailableError,
} from '../errors.ts'
import { describeSilence } from '../transport/silence.ts'

/** Codes of damaged data; a 500 with any other code is a defect of the server. */
const DAMAGE = /^(corrupt_\w+|object_lost|node_protocol)$/

type ErrorBody = { readonly code: string; readonly message: string; readonly details: ErrorDetails }

/** Converts a server's error answer to an error of the same class as on the server. */
export function errorOfAnswer(status: number, text: string, url: string): PrismError {
  const { code, message, details } = readErrorBody(text) ?? {
    code: 'unexpected_answer',
    message: `${url} answered ${status} without an error of Prism's: is it a Prism server?`,
    details: { status },
  }
  if (status === 404) return new NotFoundError(code, message, { details })
  if (status === 409) return new ConflictError(code, message, { details })
  if (status === 413) return new LimitExceededError(code, message, { details })
  if (code === 'outcome_unknown') return new OutcomeUnknownError(code, message, { details })
  if (status === 429 || status >= 501) return new UnavailableError(code, message, { details })
  if (status === 500)
    return new (DAMAGE.test(code) ? CorruptDataError : InternalError)(code, `${message} (see the log of ${url})`, {
      details,
    })
  return new InvalidRequestError(code, message, { details })
}

function readErrorBody(text: string): ErrorBody | undefined {
  try {
    const error = (JSON.parse(text) as { error?: Partial<ErrorBody> } | null)?.error
    if (typeof error?.code !== 'string' || typeof error.message !== 'string') return undefined
    return { code: error.code, message: error.message, details: error.details ?? {} }
  } catch {
    return undefined
  }
}

/**
 * The error for a request without an answer. A write that was sent may have happened; a write without a connection has not.
 */
export function errorOfSilence(cause: unknown, url: string, isWrite: boolean): PrismError {
  const reason = describeSilence(cause)
  const message = `no answer from ${url}: ${reason.text}`
  return isWrite && reason.wasConnected
    ? new OutcomeUnknownError('outcome_unknown', message, { cause })
    : new UnavailableError('unreachable', message, { cause })
}

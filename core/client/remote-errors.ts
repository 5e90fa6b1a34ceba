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
export function errorOfAnswer(status: number, text: string, url: string, isWrite = false): PrismError {
  const body = readErrorBody(text)
  if (body === undefined) return errorOfStranger(status, url, isWrite)
  const { code, message, details } = body
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

/** The error for an error status without an error of Prism's: something else answers there, or in front of the server. */
function errorOfStranger(status: number, url: string, isWrite: boolean): PrismError {
  const details = { status }
  if (status === 401 || status === 403) {
    const message = `${url} answered ${status} without an error of Prism's: a proxy may want a token or headers`
    return new InvalidRequestError('unexpected_answer', message, { details })
  }
  const message = `${url} answered ${status} without an error of Prism's: is it a Prism server?`
  if (status === 404) return new NotFoundError('unexpected_answer', message, { details })
  if (status === 413) return new LimitExceededError('unexpected_answer', message, { details })
  if (status === 429) return new UnavailableError('unexpected_answer', message, { details })
  if (status < 500) return new InvalidRequestError('unexpected_answer', message, { details })
  return isWrite ? unknownOutcome(message, details) : new UnavailableError('unexpected_answer', message, { details })
}

/** The error for a 2xx answer that is not Prism's, such as the page of a proxy that wants a login. */
export function errorOfForeignAnswer(what: string, url: string, isWrite: boolean): PrismError {
  const message = `${url} answered ${what}: is it a Prism server, or does a proxy answer for it?`
  return isWrite ? unknownOutcome(message) : new InvalidRequestError('unexpected_answer', message)
}

/** A gateway may have passed the write on before it answered by itself. */
function unknownOutcome(message: string, details: ErrorDetails = {}): OutcomeUnknownError {
  const known = `${message} It is not known whether the write happened.`
  return new OutcomeUnknownError('unexpected_answer', known, { details })
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

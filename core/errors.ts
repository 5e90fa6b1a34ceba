/** Facts about a failure, for machines: limits, positions, names. Plain JSON. */
export type ErrorDetails = Readonly<Record<string, unknown>>

export type ErrorOptions = { readonly details?: ErrorDetails; readonly cause?: unknown }

/**
 * Every error Prism raises on purpose. The class says what the caller should do
 * next, `code` names the case for machines (snake_case, part of the HTTP
 * contract), and the message says what happened, to which thing, and is not an API.
 *
 * Names are literals because a minified bundle renames classes.
 */
export abstract class PrismError extends Error {
  abstract override readonly name: string
  readonly code: string
  readonly details: ErrorDetails

  constructor(code: string, message: string, options: ErrorOptions = {}) {
    super(cut(message), options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = Object.fromEntries(
      Object.entries(options.details ?? {}).map(([name, value]) => [
        name,
        typeof value === 'string' ? cut(value) : value,
      ]),
    )
  }
}

/** Longest message, and longest text among the details: no error grows with what a caller sends. */
const ERROR_CHARACTERS_MAX = 1_000

function cut(text: string): string {
  return text.length > ERROR_CHARACTERS_MAX ? `${text.slice(0, ERROR_CHARACTERS_MAX - 1)}…` : text
}

/** The named thing does not exist. Asking again will not help. */
export class NotFoundError extends PrismError {
  override readonly name = 'NotFoundError'
}

/** Somebody else wrote first, or the thing exists already. Read the new state and decide again. */
export class ConflictError extends PrismError {
  override readonly name = 'ConflictError'
}

/** A newer epoch owns this work. Stop: nothing we write now can be right. */
export class FencedError extends PrismError {
  override readonly name = 'FencedError'
}

/** The request is malformed. The caller must change it. */
export class InvalidRequestError extends PrismError {
  override readonly name = 'InvalidRequestError'
}

/** The request is over a limit, which the message names. The caller must make it smaller. */
export class LimitExceededError extends PrismError {
  override readonly name = 'LimitExceededError'
}

/** Stored bytes break their own format. Never retried, always reported. */
export class CorruptDataError extends PrismError {
  override readonly name = 'CorruptDataError'
}

/** A dependency is down or throttling. The same call may succeed later. */
export class UnavailableError extends PrismError {
  override readonly name = 'UnavailableError'
}

/** A write may or may not have happened. Ask again with the same idempotency key. */
export class OutcomeUnknownError extends PrismError {
  override readonly name = 'OutcomeUnknownError'
}

/** A fault of Prism itself, or of the process it runs in. Report it; whether a write happened is not known. */
export class InternalError extends PrismError {
  override readonly name = 'InternalError'
}

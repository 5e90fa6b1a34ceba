/** Facts about a failure for programs: limits, positions, names. Plain JSON. */
export type ErrorDetails = Readonly<Record<string, unknown>>

export type ErrorOptions = { readonly details?: ErrorDetails; readonly cause?: unknown }

/**
 * An error that Prism throws on purpose. The class says what the caller should do next.
 * `code` identifies the case for programs, in snake_case, and is part of the HTTP contract. The
 * message says what happened to which thing, and is not part of the contract.
 *
 * `name` is a literal in each class because minified bundles rename classes.
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

/** Longest message, and longest text in the details, so that no error grows with the request. */
const ERROR_CHARACTERS_MAX = 1_000

function cut(text: string): string {
  return text.length > ERROR_CHARACTERS_MAX ? `${text.slice(0, ERROR_CHARACTERS_MAX - 1)}…` : text
}

/** The named thing does not exist. Repeating the request will not help. */
export class NotFoundError extends PrismError {
  override readonly name = 'NotFoundError'
}

/** Another client wrote first, or the thing already exists. Read the new state and decide again. */
export class ConflictError extends PrismError {
  override readonly name = 'ConflictError'
}

/** A newer epoch owns this work. Stop: no further write of this process can be right. */
export class FencedError extends PrismError {
  override readonly name = 'FencedError'
}

/** The request is malformed. The caller must change it. */
export class InvalidRequestError extends PrismError {
  override readonly name = 'InvalidRequestError'
}

/** The request exceeds a limit, which the message names. The caller must make the request smaller. */
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

/** A write may or may not have happened. Repeat it with the same idempotency key. */
export class OutcomeUnknownError extends PrismError {
  override readonly name = 'OutcomeUnknownError'
}

/** A fault of Prism itself or of its process. Report it. It is unknown whether a write happened. */
export class InternalError extends PrismError {
  override readonly name = 'InternalError'
}

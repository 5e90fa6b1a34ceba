import {
  CorruptDataError,
  type ErrorDetails,
  FencedError,
  InternalError,
  OutcomeUnknownError,
  PrismError,
  UnavailableError,
} from './errors.ts'

/** An error as clients see it. */
export type PublicError = { readonly code: string; readonly message: string; readonly details: ErrorDetails }

/** Codes of UnavailableErrors whose messages are meant for clients: they name limits and counts. */
const WRITTEN_FOR_CLIENTS: ReadonlySet<string> = new Set(['overloaded', 'shards_unavailable', 'shard_timeout'])

/**
 * What a client may know about an error. Failures of S3, DynamoDB and the file system name buckets, keys, tables and addresses, which
 * are only for the log. For these errors a client is given the code and what to do.
 */
export function publicError(error: unknown): PublicError {
  if (!(error instanceof PrismError)) return { code: 'internal_error', message: 'internal error', details: {} }
  const { code, message, details } = error
  const instead = textInstead(error)
  return instead === undefined ? { code, message, details } : { code, message: instead, details: {} }
}

function textInstead(error: PrismError): string | undefined {
  if (error instanceof CorruptDataError || error.code === 'object_not_found') return 'stored data are damaged'
  if (error instanceof InternalError) return 'internal error'
  if (error instanceof OutcomeUnknownError) {
    return 'whether the write happened is not known: send it again with the same idempotency key'
  }
  if (error instanceof FencedError) return 'another process has taken this work over: try again shortly'
  if (!(error instanceof UnavailableError) || WRITTEN_FOR_CLIENTS.has(error.code)) return undefined
  if (error.code === 'deadline_exceeded') return 'no time was left for this request'
  return 'a part of this deployment cannot be reached right now: try again shortly'
}

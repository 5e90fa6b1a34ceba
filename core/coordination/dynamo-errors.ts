import { LimitExceededError, UnavailableError } from '../errors.ts'

/** Names of transient failures of the network or the service. */
const TRANSIENT =
  /^(ProvisionedThroughputExceededException|ThrottlingException|RequestLimitExceeded|LimitExceededException|InternalServerError|InternalFailure|ServiceUnavailable|TransactionConflictException|ReplicatedWriteConflictException|TimeoutError|NetworkingError|AggregateError|ECONN\w+|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/

/** Names of failures that a wrong configuration causes. */
const REFUSED =
  /^(ResourceNotFoundException|AccessDeniedException|UnrecognizedClientException|InvalidSignatureException|IncompleteSignature|MissingAuthenticationToken\w*|ExpiredTokenException|CredentialsProviderError)$/

/** Translates an error of DynamoDB or the network to a {@link UnavailableError} or {@link LimitExceededError}. Returns an unknown error unchanged. */
export function translateDynamoError(error: unknown, table: string): unknown {
  if (!(error instanceof Error)) return error
  const name = nameOf(error)
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
  const message = `DynamoDB answered ${name} for table ${table}: ${error.message}`
  if (REFUSED.test(name)) return new UnavailableError('coordination_refused', message, { cause: error })
  if (
    TRANSIENT.test(name) ||
    (status !== undefined && status >= 500) ||
    /socket hang up|aborted/i.test(error.message)
  ) {
    return new UnavailableError('coordination_unavailable', message, { cause: error })
  }
  if (name === 'ValidationException' && /item size/i.test(error.message)) {
    return new LimitExceededError('row_too_large', 'what is to be kept of this is more than a row may hold', {
      cause: error,
    })
  }
  return error
}

function nameOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return error.name === 'Error' ? (code ?? 'Error') : error.name
}

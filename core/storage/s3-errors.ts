import { NotFoundError, UnavailableError } from '../errors.ts'

/** The optional members that the SDK adds to an error. */
type VendorError = Error & {
  readonly Code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
  readonly $retryable?: unknown
}

/** Names of transient failures of the network or the service. */
const TRANSIENT =
  /^(SlowDown|Throttl\w*|TooManyRequests\w*|RequestTimeout\w*|RequestTimeTooSkewed|InternalError|ServiceUnavailable|OperationAborted|TimeoutError|NetworkingError|ECONN\w+|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ERR_STREAM_PREMATURE_CLOSE)$/

/** Names of failures that a wrong configuration or service causes. The same call may succeed once this is corrected. */
const REFUSED =
  /^(NoSuchBucket|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|ExpiredTokenException|CredentialsProviderError|PermanentRedirect|AuthorizationHeaderMalformed)$/

/** Translates an error of S3 or the network to a NotFoundError or UnavailableError. Returns an unknown error unchanged. */
export function translateS3Error(error: unknown, what: string): unknown {
  if (!(error instanceof Error)) return error
  const name = nameOfS3Error(error)
  const status = statusOfS3Error(error)
  const message = `S3 answered ${name}${status === undefined ? '' : ` (${status})`} to ${what}: ${error.message}`
  if (REFUSED.test(name) || status === 403 || status === 401) {
    return new UnavailableError('storage_refused', message, { cause: error })
  }
  if (name === 'NoSuchKey' || status === 404) {
    return new NotFoundError('object_not_found', `no object at ${what}`, { cause: error })
  }
  if (
    TRANSIENT.test(name) ||
    status === 429 ||
    (status !== undefined && status >= 500) ||
    isTransientSocketError(error)
  ) {
    return new UnavailableError('storage_unavailable', message, { cause: error })
  }
  return error
}

export function nameOfS3Error(error: Error): string {
  const { Code: code } = error as VendorError
  const systemCode = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return error.name === 'Error' ? (code ?? systemCode ?? 'Error') : error.name
}

export function statusOfS3Error(error: Error): number | undefined {
  return (error as VendorError).$metadata?.httpStatusCode
}

function isTransientSocketError(error: Error): boolean {
  return /socket hang up|aborted|premature close/i.test(error.message)
}

import { cors } from 'hono/cors'
import { quote } from '../quote.ts'
import { RefusedByHttpError } from './transfer/refusals.ts'

/** Names that always mean this machine: no DNS server can assign them to another one. */
const LOOPBACK_NAME = /^(localhost|[a-z0-9-]+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i
const PREFLIGHT_AGE_S = 600

/** Whether a host name, without a port, means this machine. */
export function isLoopbackName(host: string): boolean {
  return LOOPBACK_NAME.test(host)
}

/**
 * Admits programs on this machine and pages of loopback origins.
 *
 * Checks `Host`, because `evil.example` may resolve to 127.0.0.1 (DNS rebinding). Requests of its pages then have the same
 * origin as this server, and differ only in their `Host`.
 *
 * @throws {RefusedByHttpError} 'foreign_host', 'foreign_origin'
 */
export function checkLoopbackCaller({ headers, url }: Request): void {
  const host = headers.get('host') ?? new URL(url).host
  if (!isLoopbackUrl(`http://${host}`)) {
    throw refusal(
      'foreign_host',
      `this server answers requests to localhost, 127.0.0.1 and [::1] only, not to ${quote(host)}`,
    )
  }
  const origin = headers.get('origin')
  if (origin !== null && !isLoopbackUrl(origin)) {
    throw refusal('foreign_origin', `this server answers pages of this machine only, not of ${quote(origin)}`)
  }
}

/** Lets pages of loopback origins read answers, because developers serve such pages on other ports of the machine. */
export const loopbackCors = cors({
  origin: (origin) => (isLoopbackUrl(origin) ? origin : null),
  allowMethods: ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'],
  allowHeaders: [
    'Authorization',
    'Content-Encoding',
    'Content-Type',
    'Idempotency-Key',
    'If-Match',
    'If-None-Match',
    'Prism-Session',
  ],
  exposeHeaders: ['ETag', 'Prism-Session', 'Prism-Version', 'Retry-After', 'X-Request-Id'],
  maxAge: PREFLIGHT_AGE_S,
})

function isLoopbackUrl(url: string): boolean {
  return URL.canParse(url) && isLoopbackName(new URL(url).hostname)
}

function refusal(code: string, message: string): RefusedByHttpError {
  return new RefusedByHttpError(403, code, `${message}; start it with --insecure to change that`)
}

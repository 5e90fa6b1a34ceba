import { quote } from '../quote.ts'
import type { AllowsOrigin } from './cors.ts'
import { RefusedByHttpError } from './transfer/refusals.ts'

/** Names that always mean this machine: no DNS server can assign them to another one. */
const LOOPBACK_NAME = /^(localhost|[a-z0-9-]+\.localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i

/** Whether a host name, without a port, means this machine. */
export function isLoopbackName(host: string): boolean {
  return LOOPBACK_NAME.test(host)
}

/**
 * Admits programs on this machine and pages of allowed origins.
 *
 * Checks `Host`, because `evil.example` may resolve to 127.0.0.1 (DNS rebinding). Requests of its pages then have the same
 * origin as this server, and differ only in their `Host`.
 *
 * @throws {RefusedByHttpError} 'foreign_host', 'foreign_origin'
 */
export function checkLoopbackCaller({ headers, url }: Request, allows: AllowsOrigin): void {
  const host = headers.get('host') ?? new URL(url).host
  if (!isLoopbackUrl(`http://${host}`)) {
    throw refusal(
      'foreign_host',
      `this server answers requests to localhost, 127.0.0.1 and [::1] only, not to ${quote(host)}; start it with --insecure to change that`,
    )
  }
  const origin = headers.get('origin')
  if (origin !== null && !allows(origin)) {
    throw refusal(
      'foreign_origin',
      `this server answers pages of this machine and of origins that it allows, not of ${quote(origin)}; start it with --cors and the origin to allow it`,
    )
  }
}

/** Allows pages of this machine, because developers serve such pages on other ports. */
export const allowsLoopback: AllowsOrigin = isLoopbackUrl

function isLoopbackUrl(url: string): boolean {
  return URL.canParse(url) && isLoopbackName(new URL(url).hostname)
}

function refusal(code: string, message: string): RefusedByHttpError {
  return new RefusedByHttpError(403, code, message)
}

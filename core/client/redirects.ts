import { InvalidRequestError } from '../errors.ts'
import type { Server } from './server-address.ts'

/**
 * The address to which a server redirects. A token and headers are for the origin for which the caller gave them, so with
 * them no redirect leaves it.
 *
 * @param location as the server gave it
 * @throws {InvalidRequestError} 'redirect_refused'
 */
export function nextAddress({ origin, headers }: Server, from: URL, location: string | null): URL {
  const url = location !== null && URL.canParse(location, from.href) ? new URL(location, from) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw redirectRefused(`${from.origin} redirects, but not to an address of a server`)
  }
  if (from.protocol === 'https:' && url.protocol === 'http:') {
    throw redirectRefused(`${from.origin} redirects to ${url.origin}, which is not encrypted`)
  }
  if (url.origin !== origin && Object.keys(headers).length > 0) {
    throw redirectRefused(
      `${origin} redirects to ${url.origin}, but the token and headers are for ${origin} only: open ${url.origin} if you trust it`,
    )
  }
  return url
}

/** The error for a redirect that is not followed. The server that redirects has done nothing. */
export function redirectRefused(message: string): InvalidRequestError {
  return new InvalidRequestError('redirect_refused', `${message}; nothing was done`)
}

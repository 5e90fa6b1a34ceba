import type { ReadRequest } from '../contract/search-request.ts'
import { isRecord } from '../json-record.ts'
import type { RouteRequest } from './route.ts'

/** The header that carries session tokens, in requests and answers. */
export const SESSION_HEADER = 'Prism-Session'

/** Adds the session tokens of the header to those of the request. A request that is no valid one is left as it is. */
export function withSession<T extends ReadRequest>(request: RouteRequest, read: T): T {
  if (!isRecord(read) || (read.session !== undefined && typeof read.session !== 'string')) return read
  const tokens = [request.headers.get(SESSION_HEADER), read.session].filter(
    (token) => token !== null && token !== undefined && token !== '',
  )
  return tokens.length === 0 ? read : { ...read, session: tokens.join(',') }
}

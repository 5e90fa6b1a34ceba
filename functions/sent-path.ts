/** Everything after `documents/` is one id, which may contain slashes in a decoded path. */
const DOCUMENT = /^(\/collections\/[^/]*\/documents\/)(.+)$/s

/**
 * Restores the path that a client sent from the decoded path that an HTTP API of API Gateway passes on. The gateway
 * decodes twice and cuts at the first `?`. So an id with `%` or `?` is lost, and clients must send it in a body.
 */
export function encodePath(decoded: string): string {
  const [, route, id] = DOCUMENT.exec(decoded) ?? [undefined, decoded, '']
  return `${route.split('/').map(encodeURIComponent).join('/')}${encodeURIComponent(id)}`
}

/** Everything after `documents/` is one id: in a decoded path it may have slashes of its own. */
const DOCUMENT = /^(\/collections\/[^/]*\/documents\/)(.+)$/s

/**
 * The path that a client has sent, out of the decoded one that an HTTP API of
 * API Gateway hands on: as far as that can be told. It decodes twice and cuts at the first `?`, so that an
 * id with `%` or `?` cannot be told any more, and has to be named in a body.
 */
export function encodePath(decoded: string): string {
  const [, route, id] = DOCUMENT.exec(decoded) ?? [undefined, decoded, '']
  return `${route.split('/').map(encodeURIComponent).join('/')}${encodeURIComponent(id)}`
}

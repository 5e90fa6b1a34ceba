/** Everything after `documents/` is one id: in a decoded path it may have slashes of its own. */
const DOCUMENT = /^(\/collections\/[^/]*\/documents\/)(.+)$/s

/**
 * The path as a client sent it, as far as it can be restored from the decoded path that an HTTP API of API Gateway passes
 * on. The gateway decodes twice and cuts at the first `?`, so an id with `%` or `?` is lost and has to be named in a body.
 */
export function encodePath(decoded: string): string {
  const [, route, id] = DOCUMENT.exec(decoded) ?? [undefined, decoded, '']
  return `${route.split('/').map(encodeURIComponent).join('/')}${encodeURIComponent(id)}`
}

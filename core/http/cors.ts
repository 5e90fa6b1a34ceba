import { cors } from 'hono/cors'
import { InvalidRequestError } from '../errors.ts'
import { quote } from '../quote.ts'

/** Runs before the routes. */
export type Middleware = ReturnType<typeof cors>

/** Whether pages of an origin may call the server and read its answers. */
export type AllowsOrigin = (origin: string) => boolean

const PREFLIGHT_AGE_S = 600

/**
 * Reads the origins whose pages are allowed: `https://app.example`, or `*` for all.
 *
 * @throws {InvalidRequestError} 'invalid_options'
 */
export function readCorsOrigins(given: readonly string[]): AllowsOrigin {
  const allowed = new Set(given.map(readOrigin))
  return allowed.has('*') ? () => true : (origin) => allowed.has(origin)
}

/** An origin as browsers send it: in lower case, without the usual port and without a slash. */
function readOrigin(given: string): string {
  if (given === '*') return given
  const isOrigin = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\s,*]+\/?$/i.test(given) && URL.canParse(given)
  if (!isOrigin) {
    const message = `expected an origin such as https://app.example, without a path, or *; got ${quote(given)}`
    throw new InvalidRequestError('invalid_options', message)
  }
  const { origin } = new URL(given)
  // Only the schemes of the web have origins in the URL standard; apps have pages under others, such as capacitor://localhost.
  return origin === 'null' ? given.toLowerCase().replace(/\/$/, '') : origin
}

/**
 * Answers what browsers ask before they send a request for a page of another origin, and lets pages of allowed origins
 * read answers (CORS). No cookies: a page that has a token sends it by itself.
 */
export function allowOrigins(allows: AllowsOrigin): Middleware {
  const middleware = cors({
    origin: (origin) => (allows(origin) ? origin : null),
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
  return async (c, next) => {
    const isPreflight = c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined
    // Any other OPTIONS asks which methods a path has, and the router answers it.
    if (c.req.method === 'OPTIONS' && !isPreflight) return next()
    return middleware(c, next)
  }
}

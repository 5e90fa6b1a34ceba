import { InvalidRequestError } from '../errors.ts'

/** A server, and what requests to it carry. */
export type ServerOptions = {
  /** Its address, with or without a final slash. */
  readonly url: string
  /** Headers of every request, for a proxy in front of the server. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as `Authorization: Bearer …`. */
  readonly token?: string
}

/** Where requests go. */
export type Server = {
  /** Without a final slash. */
  readonly base: string
  readonly origin: string
  /** The caller's headers and token, which are for this origin only. */
  readonly headers: Readonly<Record<string, string>>
}

/** Maximum bytes of the headers that a caller adds. Servers accept 16 KB in all. */
const HEADERS_BYTES_MAX = 8_192

/** Headers that the client or the connection sets. */
const OWN_HEADERS =
  /^(connection|content-(encoding|length|type)|expect|host|idempotency-key|if-(none-)?match|keep-alive|prism-session|te|trailer|transfer-encoding|upgrade)$/

/**
 * Checks where requests go and what they carry. Messages never repeat a token or the value of a header.
 *
 * @throws {InvalidRequestError} 'invalid_url', 'invalid_options'
 */
export function readServer({ url, headers = {}, token }: ServerOptions): Server {
  const { origin } = checkAddress(url)
  const given = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  if (token !== undefined) given.push(['authorization', `Bearer ${checkToken(token)}`])
  for (const [name, value] of given) checkHeader(name, value)
  const twice = given.find(([name], i) => given.findIndex(([other]) => other === name) < i)?.[0]
  if (twice !== undefined) {
    throw invalid(
      `the header ${twice} is given twice${token === undefined ? '' : '; a token is the header authorization'}`,
    )
  }
  const byteSize = given.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  if (byteSize > HEADERS_BYTES_MAX)
    throw invalid(`headers may have at most ${HEADERS_BYTES_MAX} bytes, got ${byteSize}`)
  return { base: url.replace(/\/+$/, ''), origin, headers: Object.fromEntries(given) }
}

function checkAddress(url: string): URL {
  const parsed = /^https?:\/\/[^/]/.test(url) && URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined) throw invalidUrl(`got "${url}"`)
  if (parsed.username || parsed.password) throw invalidUrl('not with a name or password: send them as headers')
  if (/[?#]/.test(url)) throw invalidUrl('without ? and #')
  return parsed
}

function checkToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw invalid('a token consists of visible ASCII characters')
}

function checkHeader(name: string, value: string): void {
  if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) throw invalid(`"${name}" is no name of a header`)
  if (OWN_HEADERS.test(name)) throw invalid(`the header ${name} is not for callers to set`)
  if (!/^[\t\x20-\x7e]+$/.test(value)) throw invalid(`the value of the header ${name} must be visible ASCII characters`)
}

function invalidUrl(what: string): InvalidRequestError {
  return new InvalidRequestError('invalid_url', `expected an address such as http://127.0.0.1:3080, ${what}`)
}

function invalid(message: string): InvalidRequestError {
  return new InvalidRequestError('invalid_options', message)
}

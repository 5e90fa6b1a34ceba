import { randomUUID } from 'node:crypto'

/** The two fronts send events with the same members, but with different values. */
export type Front = 'http-api' | 'function-url'

export type FrontRequest = {
  readonly method: string
  /** Path and query, as sent. */
  readonly target: string
  /** Alternating names and values, as sent. */
  readonly rawHeaders: readonly string[]
  readonly body: Buffer
  readonly sourceIp: string
  readonly port: number
}

/** Headers of a connection, which are not passed on. */
export const HOP_BY_HOP = new Set([
  ...['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'proxy-connection'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade', 'expect'],
])

/**
 * All other bodies arrive as base64, including forms and bodies without a type. Found by experiments with AWS, not
 * documented.
 */
const TEXT = /^(?:text\/.*|application\/(?:json|xml|javascript))\s*(?:;|$)/i

/**
 * Converts a request to an event of payload format 2.0.
 *
 * @returns undefined for a path that the front refuses
 */
export function toEvent(request: FrontRequest, front: Front, now: Date): object | undefined {
  const [path, query = ''] = splitOnce(request.target, '?')
  const paths = front === 'http-api' ? pathsOfHttpApi(path) : { rawPath: path, path: decodeOr(path, path) }
  if (paths === undefined) return undefined
  const headers = headersOf(request)
  const cookies = headers.cookie?.split(';').map((cookie) => cookie.trim())
  if (front === 'http-api') delete headers.cookie
  const parameters = parametersOf(query)
  const domainName = splitOnce(headers.host ?? 'localhost', ':')[0]
  const isBase64Encoded = request.body.byteLength > 0 && isBinary(headers)
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: paths.rawPath,
    rawQueryString: query,
    ...(cookies !== undefined && { cookies }),
    headers,
    ...(parameters !== undefined && { queryStringParameters: parameters }),
    requestContext: {
      accountId: front === 'http-api' ? '000000000000' : 'anonymous',
      apiId: 'local',
      domainName,
      domainPrefix: splitOnce(domainName, '.')[0],
      http: {
        method: request.method,
        path: paths.path,
        protocol: 'HTTP/1.1',
        sourceIp: request.sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: logTime(now),
      timeEpoch: now.getTime(),
    },
    ...(request.body.byteLength > 0 && { body: request.body.toString(isBase64Encoded ? 'base64' : 'utf8') }),
    isBase64Encoded,
  }
}

/**
 * An HTTP API decodes a path, cuts it at the first `?` that results, and decodes it again. It refuses a path that is
 * then invalid. So an id with `/`, `?` or `%` arrives only if it is encoded more than once.
 *
 * @see https://github.com/hotsock/voker, vokerhttp/testdata/ingress-paths.json: captured from AWS
 */
function pathsOfHttpApi(path: string): { readonly rawPath: string; readonly path: string } | undefined {
  const once = decodeOr(path, undefined)
  const twice = once === undefined ? undefined : decodeOr(splitOnce(once, '?')[0], undefined)
  return twice === undefined ? undefined : { rawPath: twice, path: twice }
}

function decodeOr<Otherwise>(text: string, otherwise: Otherwise): string | Otherwise {
  try {
    return decodeURIComponent(text)
  } catch {
    return otherwise
  }
}

function headersOf({ rawHeaders, body, sourceIp, port }: FrontRequest): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase()
    if (HOP_BY_HOP.has(name)) continue
    const before = headers[name]
    headers[name] =
      before === undefined ? rawHeaders[i + 1]! : `${before}${name === 'cookie' ? '; ' : ','}${rawHeaders[i + 1]}`
  }
  return {
    ...headers,
    'content-length': String(body.byteLength),
    'x-amzn-trace-id': `Root=1-${randomUUID().slice(0, 8)}-${randomUUID().replaceAll('-', '').slice(8)}`,
    'x-forwarded-for':
      headers['x-forwarded-for'] === undefined ? sourceIp : `${headers['x-forwarded-for']}, ${sourceIp}`,
    'x-forwarded-port': String(port),
    'x-forwarded-proto': 'http',
  }
}

function isBinary(headers: Readonly<Record<string, string>>): boolean {
  return headers['content-encoding'] !== undefined || !TEXT.test(headers['content-type'] ?? '')
}

/** Values of a name are joined by commas, and cannot be distinguished from commas in a value. */
function parametersOf(query: string): Record<string, string> | undefined {
  if (query === '') return undefined
  const parameters: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(query)) {
    parameters[name] = Object.hasOwn(parameters, name) ? `${parameters[name]},${value}` : value
  }
  return parameters
}

function splitOnce(text: string, separator: string): [string, string?] {
  const place = text.indexOf(separator)
  return place < 0 ? [text] : [text.slice(0, place), text.slice(place + 1)]
}

/** Formats a time like `10/Jul/2026:19:19:05 +0000`. */
function logTime(time: Date): string {
  const [, day, month, year, clock] = /^\w+, (\d+) (\w+) (\d+) ([\d:]+) GMT$/.exec(time.toUTCString())!
  return `${day}/${month}/${year}:${clock} +0000`
}

import { expect, test } from 'vitest'
import { type FrontRequest, toEvent } from './gateway-event.ts'

const NOW = new Date('2026-07-10T19:19:05.766Z')

function requestOf(parts: Partial<FrontRequest> & { readonly headers?: Record<string, string> }): FrontRequest {
  const { headers = {}, ...rest } = parts
  const rawHeaders = Object.entries({ Host: '127.0.0.1:3090', ...headers }).flat()
  return { method: 'GET', target: '/', rawHeaders, body: Buffer.alloc(0), sourceIp: '127.0.0.1', port: 3090, ...rest }
}

function eventOf(parts: Parameters<typeof requestOf>[0]): Record<string, unknown> {
  return toEvent(requestOf(parts), 'http-api', NOW) as Record<string, unknown>
}

// The events that AWS makes of these requests, from vokerhttp/testdata of https://github.com/hotsock/voker.
test.each([
  ['/capture/plain', '/capture/plain'],
  ['/capture/space%20value', '/capture/space value'],
  ['/capture/question%3Fvalue', '/capture/question'],
  ['/capture/percent%25done', undefined],
  ['/capture/hash%23value', '/capture/hash#value'],
  ['/capture/slash%2Fvalue', '/capture/slash/value'],
  ['/capture/unicode-%CE%BB-%E4%B8%96%E7%95%8C', '/capture/unicode-λ-世界'],
  ['/capture/literal%252Fvalue', '/capture/literal/value'],
  ['/capture/literal%253Fvalue', '/capture/literal?value'],
  ['/capture/literal%2525value', '/capture/literal%value'],
])('an HTTP API makes of the path %s: %s', (sent, arrives) => {
  const request = requestOf({ target: `${sent}?q=a%2Fb` })

  const event = toEvent(request, 'http-api', NOW) as { requestContext: { http: object } } | undefined

  if (arrives === undefined) expect(event).toBeUndefined()
  else expect(event).toMatchObject({ rawPath: arrives, rawQueryString: 'q=a%2Fb' })
  if (arrives !== undefined) expect(event?.requestContext.http).toMatchObject({ path: arrives })
})

test('a function URL passes the path unchanged', () => {
  const request = requestOf({ target: '/documents/a%2Fb%25?q=1', headers: { Cookie: 'a=1; b=2' } })

  expect(toEvent(request, 'function-url', NOW)).toMatchObject({
    rawPath: '/documents/a%2Fb%25',
    rawQueryString: 'q=1',
    cookies: ['a=1', 'b=2'],
    headers: { cookie: 'a=1; b=2' },
    requestContext: { http: { path: '/documents/a/b%' } },
  })
})

test('a query arrives as it was sent, and also decoded, with the values of a name joined', () => {
  const target = '/?repeat=one&repeat=two&redirect=https%3A%2F%2Fexample.com%2Fa&literal=a+b&encoded=a%2Bb&empty='

  expect(eventOf({ target })).toMatchObject({
    rawQueryString: target.slice(2),
    queryStringParameters: {
      repeat: 'one,two',
      redirect: 'https://example.com/a',
      literal: 'a b',
      encoded: 'a+b',
      empty: '',
    },
  })
})

test('header names are in lower case, values of a name are joined, and cookies are separate', () => {
  const rawHeaders = ['Host', 'x.example:80', 'X-Probe', 'first', 'x-probe', 'second', 'Cookie', 'a=1; b=2']

  const event = eventOf({ rawHeaders: [...rawHeaders, 'Connection', 'keep-alive', 'User-Agent', 'curl'] })

  expect(event.cookies).toEqual(['a=1', 'b=2'])
  expect(event.headers).toEqual({
    host: 'x.example:80',
    'x-probe': 'first,second',
    'user-agent': 'curl',
    'content-length': '0',
    'x-amzn-trace-id': expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/),
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-port': '3090',
    'x-forwarded-proto': 'http',
  })
  expect(event.requestContext).toMatchObject({
    domainName: 'x.example',
    domainPrefix: 'x',
    http: { method: 'GET', path: '/', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'curl' },
    stage: '$default',
    time: '10/Jul/2026:19:19:05 +0000',
    timeEpoch: 1_783_711_145_766,
  })
})

test('parts that a request lacks are absent in its event', () => {
  const event = eventOf({})

  for (const name of ['body', 'cookies', 'queryStringParameters']) expect(event).not.toHaveProperty(name)
  expect(event).toMatchObject({ version: '2.0', routeKey: '$default', rawQueryString: '', isBase64Encoded: false })
})

test.each([
  [{ 'content-type': 'application/json' }, false],
  [{ 'content-type': 'application/json; charset=utf-8' }, false],
  [{ 'content-type': 'TEXT/CSV' }, false],
  [{ 'content-type': 'application/xml' }, false],
  [{ 'content-type': 'application/javascript' }, false],
  [{ 'content-type': 'application/x-ndjson' }, true],
  [{ 'content-type': 'application/problem+json' }, true],
  [{ 'content-type': 'application/x-www-form-urlencoded' }, true],
  [{ 'content-type': 'application/json', 'content-encoding': 'gzip' }, true],
  [{}, true],
])('the body of a request with %j is base64: %s', (headers, isBase64Encoded) => {
  const body = Buffer.from('{"λ":1}')

  const event = eventOf({ method: 'POST', headers, body })

  expect(event.isBase64Encoded).toBe(isBase64Encoded)
  expect(event.body).toBe(body.toString(isBase64Encoded ? 'base64' : 'utf8'))
})

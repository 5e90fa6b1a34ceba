import { expect, test } from 'vitest'
import { startGateway } from './gateway.ts'
import { closedGate, closeLater, deployHandler, OPENED } from './host/deploy-handler.ts'
import { GATEWAY_BYTES_MAX, REQUEST_BYTES_MAX } from './host/lambda-limits.ts'

/** Does what the body of the event says. */
const OBEDIENT = `
export const handler = async ({ body }) => {
  const { fail, result } = JSON.parse(body)
  if (fail) throw new Error('no luck')
  return result
}`

async function startObedient() {
  const { host } = await deployHandler(OBEDIENT)
  const { address } = closeLater(await startGateway(host))
  return (order: object) =>
    fetch(address, { method: 'POST', body: JSON.stringify(order), headers: { 'content-type': 'application/json' } })
}

test('a request becomes an event with its body byte for byte', async () => {
  const { host } = await deployHandler('export const handler = async (event) => event')
  const { address } = closeLater(await startGateway(host))
  const body = Uint8Array.from({ length: 256 }, (_, i) => i)

  const answer = await fetch(`${address}/a%20b?c=%2F`, { method: 'PUT', body })
  const event = (await answer.json()) as { body: string }

  expect(event).toMatchObject({
    version: '2.0',
    rawPath: '/a b',
    rawQueryString: 'c=%2F',
    isBase64Encoded: true,
    requestContext: { http: { method: 'PUT' } },
  })
  expect(Buffer.from(event.body, 'base64')).toEqual(Buffer.from(body))
})

test('a result with a status becomes an answer', async () => {
  const ask = await startObedient()
  const headers = { 'Content-Type': 'image/png', 'X-Count': 3 }

  const bytes = await ask({ result: { statusCode: 201, headers, body: 'AAH/', isBase64Encoded: true } })
  const cookies = await ask({ result: { statusCode: 404, cookies: ['a=1', 'b=2; Secure'], body: 'nothing' } })
  const empty = await ask({ result: { statusCode: 204 } })

  expect([bytes.status, bytes.headers.get('content-type'), bytes.headers.get('x-count')]).toEqual([
    201,
    'image/png',
    '3',
  ])
  expect(Buffer.from(await bytes.arrayBuffer())).toEqual(Buffer.from([0, 1, 255]))
  expect([cookies.status, cookies.headers.getSetCookie()]).toEqual([404, ['a=1', 'b=2; Secure']])
  expect([cookies.headers.get('content-type'), await cookies.text()]).toEqual(['text/plain; charset=utf-8', 'nothing'])
  expect([empty.status, await empty.text()]).toEqual([204, ''])
})

test('a result without a status is the body of a 200', async () => {
  const ask = await startObedient()

  const object = await ask({ result: { a: 1 } })
  const text = await ask({ result: 'hello' })

  expect([object.status, object.headers.get('content-type'), await object.text()]).toEqual([
    200,
    'application/json',
    '{"a":1}',
  ])
  expect(await text.text()).toBe('hello')
})

test.each([[{ fail: true }], [{ result: { statusCode: 'ok' } }], [{ result: { statusCode: 200, body: { a: 1 } } }]])(
  'a function that does %j is a 500 that says nothing',
  async (order) => {
    const ask = await startObedient()

    const answer = await ask(order)

    expect([answer.status, await answer.text()]).toEqual([500, '{"message":"Internal Server Error"}'])
  },
)

test('a path that is invalid after decoding is refused', async () => {
  const { host } = await deployHandler('export const handler = async () => 1')
  const { address } = closeLater(await startGateway(host))

  const answer = await fetch(`${address}/50%25off`)

  expect([answer.status, await answer.text()]).toEqual([400, '{"message":"Bad Request"}'])
  expect(host.counts.invocations).toBe(0)
})

test('a body over 10 MB is too large, and so is one whose event is over 6 MB', async () => {
  const { host } = await deployHandler('export const handler = async ({ body }) => body.length')
  const { address } = closeLater(await startGateway(host))
  const post = async (size: number) => {
    const answer = await fetch(address, { method: 'POST', body: Buffer.alloc(size) })
    return [answer.status, await answer.text()]
  }
  const tooLarge = [413, '{"message":"Request Entity Too Large"}']

  expect(await post(GATEWAY_BYTES_MAX + 1)).toEqual(tooLarge)
  // Base64 takes four characters for three bytes.
  expect(await post((REQUEST_BYTES_MAX / 4) * 3)).toEqual(tooLarge)
  expect(host.counts.invocations).toBe(0)
  expect(await post((REQUEST_BYTES_MAX / 4) * 3 - 3_000)).toEqual([200, String(REQUEST_BYTES_MAX - 4_000)])
})

test('a function that is throttled or too slow for the gateway is unavailable', async () => {
  const code = `${OPENED}\nexport const handler = ({ body }) => opened(body)`
  const { host } = await deployHandler(code, { concurrencyMax: 1 })
  const { address } = closeLater(await startGateway(host, { waitMs: 200 }))
  const gate = await closedGate()
  const ask = () =>
    fetch(address, { method: 'POST', body: gate.path, headers: { 'content-type': 'text/plain' } }).then(
      async (answer) => [answer.status, await answer.text()],
    )

  const started = host.nextInvocation()
  const waiting = ask()
  await started
  const throttled = await ask()
  const late = await waiting
  await gate.open()

  expect(throttled).toEqual([503, '{"message":"Service Unavailable"}'])
  expect(late).toEqual(throttled)
  expect(host.counts).toMatchObject({ invocations: 1, throttles: 1 })
})

import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { type LambdaOptions, LambdaTransport } from '../../core/transport/lambda-transport.ts'
import { closedGate, closeLater, deployHandler, OPENED } from '../lambda/host/deploy-handler.ts'
import { startInvokeApi } from '../lambda/invoke-api.ts'

const NEVER = new AbortController().signal
const CREDENTIALS = { accessKeyId: 'a', secretAccessKey: 'b' }
/** Answers what it was sent, backwards. */
const ECHO = `
  export const handler = async ({ body }) => ({ body: Buffer.from(Buffer.from(body, 'base64').reverse()).toString('base64') })`

async function openTransport(handler: string, options: Parameters<typeof deployHandler>[1] = {}) {
  const { host } = await deployHandler(handler, options)
  const { address } = closeLater(await startInvokeApi(new Map([['leaf-1', host]])))
  const functions = ['leaf-0', 'leaf-1']
  return {
    host,
    transport: new LambdaTransport({ functions, region: 'us-east-1', credentials: CREDENTIALS, endpoint: address }),
  }
}

test('bytes go to the leaf of that number and come back', async () => {
  const { transport } = await openTransport(ECHO)
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251)

  const answer = await transport.send(1, bytes, NEVER)

  expect(transport.size).toBe(2)
  expect(Buffer.compare(answer, bytes.toReversed())).toBe(0)
})

test('a leaf that fails says how, but not with what message', async () => {
  const { host, transport } = await openTransport(
    `export const handler = async () => { throw new TypeError('secret') }`,
  )

  const error = await transport.send(1, new Uint8Array(1), NEVER).catch((reason: Error) => reason)

  expect(error).toMatchObject({ code: 'leaf_failed', message: 'leaf leaf-1 failed: TypeError' })
  expect(host.counts.invocations).toBe(1)
})

test('a leaf that is not there, or answers nothing, is named', async () => {
  const { transport } = await openTransport('export const handler = async () => ({})')

  await expect(transport.send(0, new Uint8Array(1), NEVER)).rejects.toThrow(/leaf-0 could not be invoked: .* 404/)
  await expect(transport.send(1, new Uint8Array(1), NEVER)).rejects.toThrow('leaf-1 answered nothing')
})

test('a throttled invocation is tried once more', async () => {
  const { host, transport } = await openTransport(`${OPENED}\nexport const handler = ({ gate }) => opened(gate)`, {
    concurrencyMax: 1,
  })
  const gate = await closedGate()
  const started = host.nextInvocation()
  const busy = host.invoke(JSON.stringify({ gate: gate.path }))
  await started

  await expect(transport.send(1, new Uint8Array(1), NEVER)).rejects.toThrow('Lambda answered 429')

  expect(host.counts.throttles).toBe(2)
  await gate.open()
  await busy
})

test('a leaf that cannot be reached is named', async () => {
  const functions = ['leaf-0']
  const nowhere = { functions, region: 'us-east-1', credentials: CREDENTIALS, endpoint: 'http://127.0.0.1:1' }

  const sent = new LambdaTransport(nowhere).send(0, new Uint8Array(1), NEVER)

  await expect(sent).rejects.toThrow(/leaf-0 could not be reached/)
})

test('a search that is over waits no longer', async () => {
  const { host, transport } = await openTransport(`${OPENED}\nexport const handler = () => new Promise(() => {})`)
  const over = new AbortController()
  const started = host.nextInvocation()

  const sent = transport.send(1, new Uint8Array(1), over.signal)
  const invocation = await started
  over.abort()

  await expect(sent).rejects.toThrow(/leaf-1 could not be reached: AbortError/)
  expect(host.counts.invocations).toBe(1)
  invocation.kill()
})

test('an invocation is signed as AWS describes it, with the token of a session', async () => {
  const { transport, request, close } = await openSilentLambda({ ...CREDENTIALS, sessionToken: 'tok/en+=' })
  const over = new AbortController()

  const sent = transport.send(0, Uint8Array.of(1, 2, 3), over.signal).catch(() => undefined)
  const { headers, url } = await request

  const date = String(headers['x-amz-date'])
  const scope = `${date.slice(0, 8)}/us-east-1/lambda/aws4_request`
  const signed = ['host', 'x-amz-date', 'x-amz-security-token']
  const lines = signed.map((name) => `${name}:${headers[name]}\n`).join('')
  const payload = sha256(JSON.stringify({ body: Buffer.of(1, 2, 3).toString('base64') }))
  const canonical = ['POST', url, '', lines, signed.join(';'), payload].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')
  const key = scope.split('/').reduce<Buffer | string>(hmac, `AWS4${CREDENTIALS.secretAccessKey}`)
  expect(headers.authorization).toBe(
    `AWS4-HMAC-SHA256 Credential=a/${scope}, SignedHeaders=${signed.join(';')}, Signature=${hmac(key, toSign).toString('hex')}`,
  )
  expect(headers['x-amz-security-token']).toBe('tok/en+=')
  over.abort()
  await sent
  close()
})

test('a search that is over closes the connection to its leaf', async () => {
  const { transport, request, close } = await openSilentLambda(CREDENTIALS)
  const over = new AbortController()

  const sent = transport.send(0, new Uint8Array(1), over.signal)
  const closed = once((await request).socket, 'close')
  over.abort()

  await expect(sent).rejects.toThrow(/leaf-0 could not be reached: AbortError/)
  await closed
  close()
})

test('a request that Lambda would not carry is refused before it is sent', async () => {
  const { host, transport } = await openTransport(ECHO)

  await expect(transport.send(1, new Uint8Array(5_000_000), NEVER)).rejects.toMatchObject({
    code: 'leaf_request_too_large',
  })
  expect(host.counts.invocations).toBe(0)
})

/** A Lambda that never answers, and the first request that it gets. */
async function openSilentLambda(credentials: LambdaOptions['credentials']) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const request = (once(server, 'request') as Promise<IncomingMessage[]>).then(([first]) => first!)
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const transport = new LambdaTransport({ functions: ['leaf-0'], region: 'us-east-1', credentials, endpoint })
  return { transport, request, close: () => server.close() }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

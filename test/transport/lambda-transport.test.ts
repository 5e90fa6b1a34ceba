import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { LambdaTransport } from '../../core/transport/lambda-transport.ts'
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

test('a search that is over closes the connection to its leaf', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const asked: Promise<IncomingMessage[]> = once(server, 'request')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const transport = new LambdaTransport({
    functions: ['leaf-0'],
    region: 'us-east-1',
    credentials: CREDENTIALS,
    endpoint,
  })
  const over = new AbortController()

  const sent = transport.send(0, new Uint8Array(1), over.signal)
  const [request] = await asked
  const closed = once(request!.socket, 'close')
  over.abort()

  await expect(sent).rejects.toThrow(/leaf-0 could not be reached: AbortError/)
  await closed
  server.close()
})

test('a request that Lambda would not carry is refused before it is sent', async () => {
  const { host, transport } = await openTransport(ECHO)

  await expect(transport.send(1, new Uint8Array(5_000_000), NEVER)).rejects.toMatchObject({
    code: 'leaf_request_too_large',
  })
  expect(host.counts.invocations).toBe(0)
})

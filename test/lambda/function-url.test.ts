import { expect, test } from 'vitest'
import { startFunctionUrl } from './function-url.ts'
import { closedGate, closeLater, deployHandler, OPENED, readValue } from './host/deploy-handler.ts'

async function serve(code: string, settings = {}) {
  const { host, reports } = await deployHandler(code, settings)
  const { address } = closeLater(await startFunctionUrl(host))
  return { host, reports, address }
}

const FROM = 'awslambda.HttpResponseStream.from'

test('a stream arrives in pieces, after its status and headers', async () => {
  const { address } = await serve(`${OPENED}
    export const handler = awslambda.streamifyResponse(async ({ rawPath, headers }, stream) => {
      const head = { statusCode: 201, headers: { 'X-Path': rawPath }, cookies: ['a=1', 'b=2'] }
      stream = ${FROM}(stream, head)
      stream.write('one')
      await opened(headers['x-gate'])
      stream.write(new TextEncoder().encode('two'))
      stream.end()
    })`)
  const gate = await closedGate()

  const answer = await fetch(`${address}/a%2Fb`, { headers: { 'x-gate': gate.path } })
  const reader = answer.body!.getReader()
  const first = await reader.read()
  await gate.open()
  const second = await reader.read()
  const last = await reader.read()

  expect([answer.status, answer.headers.get('x-path'), answer.headers.getSetCookie()]).toEqual([
    201,
    '/a%2Fb',
    ['a=1', 'b=2'],
  ])
  expect(Buffer.from(first.value!).toString()).toBe('one')
  expect(Buffer.from(second.value!).toString()).toBe('two')
  expect(last.done).toBe(true)
})

test('a stream without a prelude is an answer with plain bytes', async () => {
  const { address } = await serve(`
    export const handler = awslambda.streamifyResponse(async (event, stream) => stream.end('bare'))`)

  const answer = await fetch(address)

  expect([answer.status, await answer.text()]).toEqual([200, 'bare'])
  expect(answer.headers.get('content-type')).toBe('application/octet-stream')
})

test('a piped web stream of any size arrives complete', async () => {
  const { address } = await serve(`
    import { pipeline } from 'node:stream/promises'
    export const handler = awslambda.streamifyResponse(async (event, stream) => {
      stream = ${FROM}(stream, { statusCode: 200, headers: {} })
      await pipeline(async function* () {
        for (let i = 0; i < 300; i++) yield Buffer.alloc(65_536, i)
      }, stream)
      stream.end()
    })`)

  const bytes = Buffer.from(await (await fetch(address)).arrayBuffer())

  expect(bytes.byteLength).toBe(300 * 65_536)
  expect(bytes.at(-1)).toBe(299 % 256)
})

test('a function that fails before its first byte is a 502, and a later failure breaks off the answer', async () => {
  const { address, reports } = await serve(`
    export const handler = awslambda.streamifyResponse(async ({ rawPath }, stream) => {
      if (rawPath === '/later') ${FROM}(stream, { statusCode: 200 }).write('begun')
      throw new Error('no luck')
    })`)

  const answer = await fetch(address)
  const later = await fetch(`${address}/later`)

  expect([answer.status, await answer.text()]).toEqual([502, 'Internal Server Error'])
  expect(later.status).toBe(200)
  await expect(later.text()).rejects.toThrow()
  expect(reports[0]).toMatchObject({ errorType: 'Error' })
})

test('a stream whose process is killed breaks off', async () => {
  const { address, host } = await serve(`
    export const handler = awslambda.streamifyResponse(async (event, stream) => {
      ${FROM}(stream, { statusCode: 200 }).write('begun')
      await new Promise(() => {})
    })`)

  const started = host.nextInvocation()
  const answer = await fetch(address)
  const { kill } = await started
  kill()

  expect(answer.status).toBe(200)
  await expect(answer.text()).rejects.toThrow()
})

test('a streaming process is busy until everything that its handler started has ended', async () => {
  const { address, host } = await serve(
    `${OPENED}
    export const handler = awslambda.streamifyResponse(async ({ headers }, stream) => {
      stream.end(String(process.pid))
      void opened(headers['x-gate'])
    })`,
    { concurrencyMax: 1 },
  )
  const gate = await closedGate()
  const ask = () => fetch(address, { headers: { 'x-gate': gate.path } })

  const first = await (await ask()).text()
  // Long enough for the process to be frozen, if it were.
  await new Promise((resolve) => setTimeout(resolve, 60))
  const busy = await ask()
  await gate.open()
  let free = await ask()
  while (free.status === 429) free = await ask()

  expect(busy.status).toBe(429)
  expect(await free.text()).toBe(first)
  expect(host.counts.coldStarts).toBe(1)
})

test('a client that goes away does not stop the function', async () => {
  const { address, host, reports } = await serve(`${OPENED}
    export const handler = awslambda.streamifyResponse(async ({ headers, body }, stream) => {
      ${FROM}(stream, { statusCode: 200 }).write('begun')
      await opened(headers['x-gate'])
      for (let i = 0; i < 100; i++) stream.write(Buffer.alloc(65_536))
      stream.end()
    })`)
  const gate = await closedGate()

  const answer = await fetch(address, { headers: { 'x-gate': gate.path } })
  await answer.body!.cancel()
  await gate.open()
  while (reports.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))

  expect(reports[0]).not.toHaveProperty('errorType')
  expect(host.instanceCount).toBe(1)
})

test('a result that is not streamed is a JSON body', async () => {
  const { address, host } = await serve('export const handler = async () => ({ a: 1 })')

  expect(await (await fetch(address)).json()).toEqual({ a: 1 })
  expect(readValue(await host.invoke('{}'))).toEqual({ a: 1 })
})

import { Agent, get } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { listen } from '../../cli/commands/listen.ts'

test('a server closes although a client sends one request after another on the same connection', async () => {
  let answered = 0
  const server = await listen(
    async () => {
      answered++
      return new Response('{}')
    },
    { host: '127.0.0.1', port: 0 },
  )
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const send = () =>
    new Promise<void>((resolve, reject) => {
      get(server.address, { agent }, (answer) => answer.resume().once('end', resolve)).once('error', reject)
    })
  const sending = (async () => {
    for (;;) await send()
  })().catch((error: { readonly code: string }) => error.code)

  while (answered < 3) await new Promise((resolve) => setImmediate(resolve))
  await server.close()

  expect(['ECONNREFUSED', 'ECONNRESET']).toContain(await sending)
})

test.each([
  ['EHLO example.org\r\n\r\n', 400, 'malformed_request'],
  [`GET /?q=${'a'.repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`, 431, 'headers_too_large'],
  ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', 400, 'malformed_request'],
  ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n', 400, 'malformed_request'],
  ['GET / HTTP/1.1\r\nHost: a\r\nExpect: foo\r\n\r\n', 417, 'unsupported_expectation'],
])('what is no request is refused in JSON: %#', async (sent, status, code) => {
  const server = await listen(
    async (request) => {
      await request.text()
      return new Response('{}')
    },
    { host: '127.0.0.1', port: 0 },
  )
  const socket = connect(Number(new URL(server.address).port), '127.0.0.1')
  socket.write(sent)

  const [head, body] = (await text(socket)).split('\r\n\r\n')
  await server.close()

  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*Content-Type: application/json`, 's'))
  expect(JSON.parse(body!)).toMatchObject({ error: { code, message: expect.any(String) } })
})

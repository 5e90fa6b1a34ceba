import { Agent, get } from 'node:http'
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

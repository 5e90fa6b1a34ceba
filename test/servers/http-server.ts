import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it arrived. */
export type Arrived = {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export type HttpServer = {
  readonly address: string
  /** All requests so far, in the order in which they arrived. */
  readonly arrived: readonly Arrived[]
  readonly close: () => Promise<void>
}

/** A real HTTP server on a free port of this machine, which answers as the test says. */
export async function httpServer(
  answer: (request: Arrived, response: ServerResponse) => void | Promise<void>,
): Promise<HttpServer> {
  const arrived: Arrived[] = []
  const server = createServer(async (incoming, response) => {
    let body = ''
    for await (const chunk of incoming) body += chunk
    const request = { method: incoming.method!, path: incoming.url!, headers: incoming.headers, body }
    arrived.push(request)
    await answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, arrived, close }
}

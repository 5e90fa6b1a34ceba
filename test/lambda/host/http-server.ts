import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Writable } from 'node:stream'

export type HttpServer = {
  /** Such as `127.0.0.1:3090`. */
  readonly host: string
  /** Such as `http://127.0.0.1:3090`. */
  readonly address: string
  close(): Promise<void>
}

/** Starts a server on this machine. Errors of `serve` are answered with a 500 that has their message. */
export async function startHttpServer(
  port: number,
  serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<HttpServer> {
  // A process may be frozen between two requests for any time, and then use its connection again.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) response.destroy()
      else sendJson(response, 500, { message: String(error) })
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    host,
    address: `http://${host}`,
    close: () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      return closed
    },
  }
}

/** How much of a too large body is read, so a sender that is nearly done gets the answer. */
const DRAINED_BYTES_MAX = 32 * 1024 * 1024

/**
 * Reads a body. Breaks the connection of a sender that goes far beyond the limit.
 * @returns undefined if the body is too large
 */
export async function readAtMost(bytesMax: number, request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength
    if (size <= bytesMax) chunks.push(chunk)
    else chunks.length = 0
    if (size > bytesMax + DRAINED_BYTES_MAX) break
  }
  return size <= bytesMax ? Buffer.concat(chunks) : undefined
}

/** Waits until a full stream accepts more. A closed stream accepts anything. */
export function roomIn(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const goOn = () => {
      stream.off('drain', goOn).off('close', goOn)
      resolve()
    }
    stream.on('drain', goOn).on('close', goOn)
  })
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = Buffer.from(JSON.stringify(value))
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.byteLength, ...headers })
  response.end(body)
}

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { UnavailableError } from '../../core/errors.ts'
import { systemClock } from '../../core/system-clock.ts'
import { refuseMalformed } from './refuse-malformed.ts'

/** Milliseconds that running requests get to end before their connections are closed. */
const CLOSE_MS_MAX = 10_000
/** How long clients that are sending requests have to open other connections, elsewhere, before theirs are closed. */
const GOODBYE_MS = 50

export type Listening = {
  /** Address of the server, such as `http://127.0.0.1:3080`. */
  readonly address: string
  /** Accepts no more requests and waits for the running ones. */
  readonly close: () => Promise<void>
}

/**
 * Serves HTTP with Node's own server.
 *
 * @param port 0 means any free port
 * @throws {UnavailableError} if the server cannot listen on the address
 */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { host, port }: { host: string; port: number },
): Promise<Listening> {
  const server = createAdaptorServer({ fetch }) as Server
  refuseMalformed(server)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port)))
    server.listen(port, host, resolve)
  })
  const bound = server.address() as AddressInfo
  const shown = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address
  return { address: `http://${shown}:${bound.port}`, close: () => close(server) }
}

async function close(server: Server): Promise<void> {
  // A client that sends one request after another learns that its connection ends, so that no request is cut off.
  server.prependListener('request', (_, response) => response.setHeader('Connection', 'close'))
  await systemClock.sleep(GOODBYE_MS)
  const cut = AbortSignal.timeout(CLOSE_MS_MAX)
  cut.addEventListener('abort', () => server.closeAllConnections())
  const closed = new Promise<'closed'>((resolve) => server.close(() => resolve('closed')))
  do {
    // Connections of earlier requests become idle when these have ended.
    server.closeIdleConnections()
  } while ((await Promise.race([closed, systemClock.sleep(GOODBYE_MS)])) !== 'closed')
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const place = `${host}:${port}`
  if (error.code === 'EADDRINUSE') {
    return new UnavailableError('port_in_use', `${place} is in use: stop what listens there, or choose another --port`)
  }
  if (error.code === 'EACCES')
    return new UnavailableError('port_refused', `${place} may not be used: choose a --port from 1024 on`)
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') {
    return new UnavailableError('no_such_address', `${host} is no address of this machine`)
  }
  return error
}

import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A proxy that sees each request before the server does. */
export type Forwarding = { readonly endpoint: string; close(): Promise<void> }

/** @param before may delay a request */
export async function startForwarding(
  target: string,
  before: (incoming: IncomingMessage) => Promise<void> | void,
): Promise<Forwarding> {
  const { hostname, port } = new URL(target)
  const server = createServer(async (incoming, outgoing) => {
    await before(incoming)
    const { method, url: path, headers } = incoming
    const onward = request({ hostname, port, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', (error) => outgoing.destroy(error))
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** Delays requests with matching paths, from {@link Gate.close} until {@link Gate.open}. */
export class Gate {
  #closed: { pattern: RegExp; left: number; opened: Promise<void>; open(): void; arrived(): void } | undefined

  /**
   * @param count how many matching requests to delay; the others pass
   * @returns once the first matching request is waiting
   */
  close(pattern: RegExp, count = Number.POSITIVE_INFINITY): Promise<void> {
    return new Promise((arrived) => {
      let open = () => {}
      const opened = new Promise<void>((resolve) => {
        open = resolve
      })
      this.#closed = { pattern, left: count, opened, open, arrived }
    })
  }

  open(): void {
    this.#closed?.open()
    this.#closed = undefined
  }

  async pass({ url = '' }: IncomingMessage): Promise<void> {
    const closed = this.#closed
    if (!closed?.pattern.test(url) || closed.left-- <= 0) return
    closed.arrived()
    await closed.opened
  }
}

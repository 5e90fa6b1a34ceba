import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import dynalite from 'dynalite'
import { delay } from './network-model.ts'

export type DynamoServerOptions = {
  /** Default: any free one. */
  readonly port?: number
  /** Before each answer. */
  readonly latencyMs?: number
  /** Serves the tables of another server, for those who shall see them slower. */
  readonly tablesOf?: DynamoServer
  /** Called before each request is served: may answer it itself, and says so. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => 'answered' | undefined
}

export type DynamoServer = {
  readonly endpoint: string
  readonly backend: ReturnType<typeof dynalite>
  close(): Promise<void>
}

/** Serves DynamoDB's protocol from memory: dynalite, behind a listener of our own that can be late or fail. */
export async function startDynamoServer(options: DynamoServerOptions = {}): Promise<DynamoServer> {
  const backend = options.tablesOf?.backend ?? dynalite({ createTableMs: 0, deleteTableMs: 0 })
  const server = createServer((request, response) => {
    if (options.intercept?.(request, response) === 'answered') return
    // The body waits: a stream only flows once somebody listens.
    void delay(options.latencyMs).then(() => backend.emit('request', request, response))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve())
  })
  return {
    backend,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

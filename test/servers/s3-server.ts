import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delay, type NetworkModel, paced } from './network-model.ts'
import { readBody } from './s3-body.ts'
import type { S3Bucket } from './s3-bucket.ts'
import { S3Failure } from './s3-failure.ts'
import { answerS3Request, type S3Answer, type S3Request } from './s3-requests.ts'
import { element, escapeXml } from './s3-xml.ts'

export type S3ServerOptions = {
  /** Default: any free one. */
  readonly port?: number
  readonly network?: NetworkModel
  /** Called before each request is served: throws an {@link S3Failure} to fail it, or answers it itself and says so. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => 'answered' | undefined
}

export type S3Server = {
  readonly endpoint: string
  /** Requests served so far, by method. */
  readonly requests: Map<string, number>
  /** Uploads in parts that were neither completed nor aborted. */
  uploadCount(): number
  close(): Promise<void>
}

/**
 * Serves the part of S3 that Prism relies on, from memory, with path-style
 * addresses and for whoever asks: signatures are not checked. The contract
 * suite that it passes is also run on a real server, so that it stays honest.
 */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const buckets = new Map<string, S3Bucket>()
  const requests = new Map<string, number>()
  const network = options.network ?? {}
  const server = createServer((request, response) => {
    const method = request.method ?? ''
    requests.set(method, (requests.get(method) ?? 0) + 1)
    const served = async () => {
      if (options.intercept?.(request, response) === 'answered') return
      await serve(buckets, request, response, network)
    }
    served().catch((error: unknown) => sendFailure(response, error))
  })
  await listen(server, options.port ?? 0)
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    uploadCount: () => [...buckets.values()].reduce((sum, bucket) => sum + bucket.uploadCount, 0),
    close: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
}

async function serve(
  buckets: Map<string, S3Bucket>,
  request: IncomingMessage,
  response: ServerResponse,
  network: NetworkModel,
): Promise<void> {
  const body = await readBody(request)
  await delay(request.method === 'PUT' ? network.putMs : network.firstByteMs)
  const { url = '/', method = '', headers } = request
  await send(response, answerS3Request(buckets, { ...parseTarget(url), method, headers, body }), network)
}

function parseTarget(url: string): Pick<S3Request, 'bucket' | 'key' | 'query'> {
  const [path, query = ''] = url.split(/\?(.*)/s) as [string, string?]
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path)!
  return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key), query: new URLSearchParams(query) }
}

/** An answer to HEAD says how long its body would be, and has none. */
async function send(response: ServerResponse, answer: S3Answer, network: NetworkModel): Promise<void> {
  const body = Buffer.from(answer.body ?? '')
  response.writeHead(answer.status, { 'content-length': body.length, ...answer.headers })
  if (response.req.method !== 'HEAD') for await (const piece of paced(body, network)) response.write(piece)
  response.end()
}

function sendFailure(response: ServerResponse, error: unknown): void {
  const failure = error instanceof S3Failure ? error : new S3Failure(500, 'InternalError', String(error))
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const xml = element('Code', failure.code) + element('Message', escapeXml(failure.message))
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n${element('Error', xml)}`
  response.writeHead(failure.status, { 'content-length': Buffer.byteLength(body), 'content-type': 'application/xml' })
  response.end(response.req.method === 'HEAD' ? undefined : body)
}

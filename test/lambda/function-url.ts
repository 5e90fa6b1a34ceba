import type { ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import { eventOf } from './gateway.ts'
import { headOf } from './gateway-answer.ts'
import type { FunctionHost } from './host/function-host.ts'
import { type HttpServer, readAtMost, roomIn, sendJson, startHttpServer } from './host/http-server.ts'
import { REQUEST_BYTES_MAX } from './host/lambda-limits.ts'
import { sendRefusal } from './invoke-api.ts'

const PRELUDE_TYPE = 'application/vnd.awslambda.http-integration-response'

/** Separates the status and headers from the body. */
const DELIMITER = Buffer.alloc(8)

const PRELUDE_BYTES_MAX = 16_384

/** Serves a function like a function URL with `RESPONSE_STREAM`: passes bytes on as they arrive. */
export function startFunctionUrl(host: FunctionHost, port = 0): Promise<HttpServer> {
  return startHttpServer(port, async (request, response) => {
    const body = await readAtMost(REQUEST_BYTES_MAX, request)
    if (body === undefined) {
      sendJson(response, 413, { Message: 'Request Entity Too Large' })
      return
    }
    const answer = await host.invoke(JSON.stringify(eventOf(request, body, 'function-url')))
    if (answer.kind === 'refused') sendRefusal(response, answer)
    else if (answer.kind === 'error') sendFailure(response)
    else if (answer.kind === 'payload') sendJson(response, 200, JSON.parse(answer.payload.toString()))
    else await sendStream(response, answer.contentType, answer.body)
  })
}

/** A broken stream breaks the answer too. A client that goes away does not stop the function. */
async function sendStream(response: ServerResponse, contentType: string, body: Readable): Promise<void> {
  if (contentType !== PRELUDE_TYPE) response.writeHead(200, { 'content-type': contentType })
  let prelude = Buffer.alloc(0)
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      let bytes = chunk
      if (!response.headersSent) {
        prelude = Buffer.concat([prelude, chunk])
        const end = prelude.indexOf(DELIMITER)
        if (end < 0 && prelude.byteLength <= PRELUDE_BYTES_MAX) continue
        sendHead(response, prelude.toString('utf8', 0, Math.max(0, end)))
        bytes = prelude.subarray(end + DELIMITER.byteLength)
      }
      if (bytes.byteLength > 0 && !response.destroyed && !response.write(bytes)) await roomIn(response)
    }
    if (response.headersSent) response.end()
    else sendFailure(response)
  } catch {
    if (response.headersSent) response.destroy()
    else sendFailure(response)
  }
}

/** @throws if the bytes are not a prelude */
function sendHead(response: ServerResponse, prelude: string): void {
  const head = headOf(JSON.parse(prelude) as object)
  if (head === undefined) throw new Error('the prelude has no status')
  // Without a declared length, a client can see where the stream breaks off.
  const { 'content-length': _, ...headers } = head.headers
  response.writeHead(head.status, { 'content-type': 'application/octet-stream', ...headers })
  response.flushHeaders()
}

function sendFailure(response: ServerResponse): void {
  response.writeHead(502, { 'content-type': 'text/plain' })
  response.end('Internal Server Error')
}

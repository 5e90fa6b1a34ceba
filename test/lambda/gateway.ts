import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type FrontAnswer, toAnswer } from './gateway-answer.ts'
import { type Front, toEvent } from './gateway-event.ts'
import { collectAnswer } from './host/collect-answer.ts'
import type { FunctionHost } from './host/function-host.ts'
import { type HttpServer, readAtMost, sendJson, startHttpServer } from './host/http-server.ts'
import { GATEWAY_BYTES_MAX, GATEWAY_MS_MAX } from './host/lambda-limits.ts'

export type GatewayOptions = {
  readonly port?: number
  /** How long the gateway waits for the function. Default: as long as AWS. */
  readonly waitMs?: number
}

/** Serves a function like an HTTP API of API Gateway, on every route. */
export function startGateway(host: FunctionHost, options: GatewayOptions = {}): Promise<HttpServer> {
  return startHttpServer(options.port ?? 0, async (request, response) => {
    const body = await readAtMost(GATEWAY_BYTES_MAX, request)
    if (body === undefined) {
      sendMessage(response, 413, 'Request Entity Too Large')
      return
    }
    const event = eventOf(request, body, 'http-api')
    if (event === undefined) {
      sendMessage(response, 400, 'Bad Request')
      return
    }
    const answer = await within(options.waitMs ?? GATEWAY_MS_MAX, answerOf(host, event))
    if (answer === undefined) sendMessage(response, 503, 'Service Unavailable')
    else send(response, answer)
  })
}

export function eventOf(request: IncomingMessage, body: Buffer, front: Front): object | undefined {
  const { method = 'GET', url: target = '/', rawHeaders, socket } = request
  const sourceIp = socket.remoteAddress ?? '127.0.0.1'
  return toEvent({ method, target, rawHeaders, body, sourceIp, port: socket.localPort ?? 0 }, front, new Date())
}

/** @returns undefined if the function cannot run now */
async function answerOf(host: FunctionHost, event: object): Promise<FrontAnswer | undefined> {
  const answer = await host.invoke(JSON.stringify(event))
  if (answer.kind === 'refused') return answer.status === 413 ? message(413, 'Request Entity Too Large') : undefined
  const whole = await collectAnswer(answer)
  return ('payload' in whole && toAnswer(whole.payload)) || message(500, 'Internal Server Error')
}

/** Waits for at most `waitMs`. The function continues afterwards. */
async function within<Value>(waitMs: number, promise: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), waitMs)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

function send(response: ServerResponse, { status, headers, body }: FrontAnswer): void {
  // The function's content length is that of a body, which an answer to HEAD does not have.
  const isTold = response.req.method === 'HEAD' && headers['content-length'] !== undefined
  const length = isTold ? {} : { 'content-length': body.byteLength }
  response.writeHead(status, { ...headers, ...length, 'apigw-requestid': randomUUID() })
  response.end(body)
}

function message(status: number, text: string): FrontAnswer {
  const body = Buffer.from(JSON.stringify({ message: text }))
  return { status, headers: { 'content-type': 'application/json' }, body }
}

function sendMessage(response: ServerResponse, status: number, text: string): void {
  sendJson(response, status, { message: text }, { 'apigw-requestid': randomUUID() })
}

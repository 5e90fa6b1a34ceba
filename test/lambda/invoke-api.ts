import type { IncomingMessage, ServerResponse } from 'node:http'
import { collectAnswer } from './host/collect-answer.ts'
import { type FunctionHost, REQUEST_TOO_LARGE } from './host/function-host.ts'
import { type HttpServer, readAtMost, sendJson, startHttpServer } from './host/http-server.ts'
import type { Refusal } from './host/invocation.ts'
import { EVENT_BYTES_MAX, REQUEST_BYTES_MAX } from './host/lambda-limits.ts'

const INVOCATIONS = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?|$)/

/**
 * Serves Lambda's Invoke API to every caller: does not check signatures.
 *
 * Runs asynchronous events once; AWS would retry a failed event twice.
 *
 * @param hosts the functions by name; may be filled later
 */
export function startInvokeApi(hosts: ReadonlyMap<string, FunctionHost>, port = 0): Promise<HttpServer> {
  return startHttpServer(port, async (request, response) => {
    const name = nameIn(request)
    const payload = await readAtMost(REQUEST_BYTES_MAX, request)
    const host = name === undefined ? undefined : hosts.get(name)
    if (host === undefined) sendNotFound(response, name)
    else if (payload === undefined) sendRefusal(response, REQUEST_TOO_LARGE)
    else if (!isJson(payload))
      sendError(response, 400, 'InvalidRequestContentException', 'Could not parse request body')
    else await invoke(host, payload, request, response)
  })
}

/** The name of a function, which callers give by name, ARN or the last part of an ARN. */
function nameIn({ method, url = '' }: IncomingMessage): string | undefined {
  const [, found] = (method === 'POST' && INVOCATIONS.exec(url)) || []
  if (found === undefined) return undefined
  const words = decodeURIComponent(found).split(':')
  const place = words.indexOf('function')
  return place >= 0 ? words[place + 1] : words[0]
}

async function invoke(
  host: FunctionHost,
  payload: Buffer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse'
  const event = payload.byteLength === 0 ? '{}' : payload
  if (type === 'DryRun') {
    response.writeHead(204).end()
  } else if (type === 'Event') {
    if (payload.byteLength > EVENT_BYTES_MAX) {
      sendError(response, 413, 'RequestEntityTooLargeException', `${payload.byteLength} byte payload is too large`)
      return
    }
    // The host reports the result.
    void host.invoke(event).then(async (answer) => {
      if (answer.kind !== 'refused') await collectAnswer(answer)
    })
    response.writeHead(202).end()
  } else {
    const answer = await host.invoke(event)
    if (answer.kind === 'refused') {
      sendRefusal(response, answer)
      return
    }
    const whole = await collectAnswer(answer)
    const isError = 'error' in whole
    const body = isError ? Buffer.from(JSON.stringify(whole.error)) : whole.payload
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': body.byteLength,
      'x-amz-executed-version': '$LATEST',
      ...(isError && { 'x-amz-function-error': 'Unhandled' }),
    })
    response.end(body)
  }
}

export function sendRefusal(response: ServerResponse, { status, errorType, message }: Refusal): void {
  const reason = status === 429 ? { Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded' } : {}
  sendError(response, status, errorType, message, reason)
}

function sendNotFound(response: ServerResponse, name: string | undefined): void {
  const arn = `arn:aws:lambda:us-east-1:000000000000:function:${name}`
  sendError(response, 404, 'ResourceNotFoundException', `Function not found: ${arn}`)
}

function sendError(response: ServerResponse, status: number, errorType: string, message: string, more = {}): void {
  sendJson(response, status, { ...more, Type: 'User', message }, { 'x-amzn-errortype': errorType })
}

function isJson(payload: Buffer): boolean {
  if (payload.byteLength === 0) return true
  try {
    JSON.parse(payload.toString())
    return true
  } catch {
    return false
  }
}

import type { IncomingMessage, ServerResponse } from 'node:http'
import { PassThrough } from 'node:stream'
import { RESPONSE_TOO_LARGE } from './collect-answer.ts'
import { type HttpServer, readAtMost, roomIn, sendJson, startHttpServer } from './http-server.ts'
import type { Answer, FunctionError, Invocation } from './invocation.ts'
import { RESPONSE_BYTES_MAX } from './lambda-limits.ts'

/** What the process at the other end reports. */
export type RuntimeListener = {
  /** The process has loaded the function or finished an invocation, and waits for the next. */
  ready(): void
  answered(answer: Answer): void
  initFailed(error: FunctionError): void
}

const VERSION = '/2018-06-01/runtime'

/** Lambda's Runtime API for one instance of a function, which gets invocations here and returns answers. */
export class RuntimeApi {
  readonly #functionName: string
  readonly #listener: RuntimeListener
  #server: HttpServer | undefined
  #next: ServerResponse | undefined

  constructor(functionName: string, listener: RuntimeListener) {
    this.#functionName = functionName
    this.#listener = listener
  }

  /** @returns the value of `AWS_LAMBDA_RUNTIME_API` */
  async start(): Promise<string> {
    this.#server = await startHttpServer(0, (request, response) => this.#serve(request, response))
    return this.#server.host
  }

  /** Passes an invocation to the process, which must be waiting for one. */
  hand({ requestId, payload }: Invocation, deadline: number): void {
    const next = this.#next
    this.#next = undefined
    next?.writeHead(200, {
      'content-type': 'application/json',
      'content-length': payload.byteLength,
      'lambda-runtime-aws-request-id': requestId,
      'lambda-runtime-deadline-ms': String(deadline),
      'lambda-runtime-invoked-function-arn': `arn:aws:lambda:us-east-1:000000000000:function:${this.#functionName}`,
    })
    next?.end(payload)
  }

  async close(): Promise<void> {
    await this.#server?.close()
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const place = request.url?.startsWith(VERSION) ? request.url.slice(VERSION.length) : ''
    if (place === '/invocation/next') {
      this.#next = response
      this.#listener.ready()
    } else if (place === '/init/error') {
      this.#listener.initFailed(await readError(request))
      accept(response)
    } else if (/^\/invocation\/[^/]+\/error$/.test(place)) {
      this.#listener.answered({ kind: 'error', error: await readError(request) })
      accept(response)
    } else if (/^\/invocation\/[^/]+\/response$/.test(place)) {
      const isStream = request.headers['lambda-runtime-function-response-mode'] === 'streaming'
      await (isStream ? this.#takeStream(request, response) : this.#takePayload(request, response))
    } else {
      sendJson(response, 404, { errorType: 'NotFound', errorMessage: `${request.method} ${request.url}` })
    }
  }

  async #takePayload(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const payload = await readAtMost(RESPONSE_BYTES_MAX, request)
    if (payload !== undefined) {
      this.#listener.answered({ kind: 'payload', payload })
      accept(response)
      return
    }
    this.#listener.answered({ kind: 'error', error: RESPONSE_TOO_LARGE })
    const errorMessage = `Exceeded maximum allowed payload size (${RESPONSE_BYTES_MAX} bytes).`
    sendJson(response, 413, { errorType: 'RequestEntityTooLarge', errorMessage })
  }

  /** A function reports a failure after the body. */
  async #takeStream(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = new PassThrough()
    // A reader gets the error too. Without a reader, it is not a failure of this process.
    body.on('error', () => {})
    let isAnswered = false
    const answer = () => {
      if (isAnswered) return
      isAnswered = true
      const contentType = request.headers['content-type'] ?? 'application/octet-stream'
      this.#listener.answered({ kind: 'stream', contentType, body })
    }
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        answer()
        if (!body.destroyed && !body.write(chunk)) await roomIn(body)
      }
    } catch (error) {
      // Before the first byte, the end of the process or its next request shows the result.
      body.destroy(error as Error)
      return
    }
    const error = trailingError(request)
    if (error === undefined) answer()
    else if (!isAnswered) this.#listener.answered({ kind: 'error', error })
    if (error === undefined) body.end()
    else body.destroy(new Error(`${error.errorType}: ${error.errorMessage}`))
    accept(response)
  }
}

function accept(response: ServerResponse): void {
  sendJson(response, 202, { status: 'OK' })
}

async function readError(request: IncomingMessage): Promise<FunctionError> {
  const body = await readAtMost(RESPONSE_BYTES_MAX, request)
  return JSON.parse(body?.toString() ?? '{}') as FunctionError
}

function trailingError({ trailers }: IncomingMessage): FunctionError | undefined {
  const body = trailers['lambda-runtime-function-error-body']
  return body === undefined ? undefined : (JSON.parse(Buffer.from(body, 'base64').toString()) as FunctionError)
}

import { handle, type LambdaEvent, streamHandle } from 'hono/aws-lambda'
import type { Engine } from '../core/engine/engine.ts'
import { LimitExceededError } from '../core/errors.ts'
import { createApp } from '../core/http/create-app.ts'
import { replyToError } from '../core/http/http-errors.ts'
import { clock, invocation, type LambdaContext } from './invocation.ts'
import { logFailure } from './log.ts'
import { encodePath } from './sent-path.ts'

/**
 * Lambda's limit on a payload in either direction, 6 MB. The body limit is lower, because a request also has headers,
 * and base64 turns three bytes of a body into four.
 */
const PAYLOAD_BYTES_MAX = 6_291_556
const BODY_BYTES_MAX = 4_500_000

const INSTEAD =
  'send less at once, gzip the body, or upload it to an address from POST /collections/{collection}/uploads'

type App = ReturnType<typeof createApp>
type HttpApiEvent = Extract<LambdaEvent, { readonly rawPath: string }>

/** What `handle` and `streamHandle` pass with a request. Each has a different name for Lambda's context. */
type Bindings = { readonly lambdaContext?: LambdaContext; readonly context?: LambdaContext }

/** Serves the HTTP contract in a function: ends in time, and leaves nothing running after an answer. */
function functionApp(engine: Engine): App {
  const app = createApp(engine, {
    clock,
    onFailure: (error, { id, line }) => logFailure(line, error, id),
    bodyLimits: { sentBytesMax: BODY_BYTES_MAX, instead: INSTEAD },
  })
  const fetch = (request: Request, { lambdaContext, context = lambdaContext }: Bindings): Promise<Response> =>
    invocation(context!, async () => {
      const response = await app.fetch(request)
      await engine.settle()
      return response
    })
  // The adapters call only `fetch`, with bindings that Hono's type does not specify.
  return { fetch } as unknown as App
}

/** Answers events of API Gateway's HTTP APIs. Replaces an answer beyond Lambda's limit with an error. */
export function bufferedHandler(engine: Engine) {
  const answer = handle(functionApp(engine))
  return async (event: HttpApiEvent, context: LambdaContext) => {
    const result = await answer({ ...event, rawPath: encodePath(event.rawPath) }, context as never)
    const byteSize = payloadBytes(result)
    return byteSize <= PAYLOAD_BYTES_MAX ? result : refuse(byteSize)
  }
}

/** Answers the same events through a function URL, in pieces: up to 200 MB. */
export function streamingHandler(engine: Engine) {
  return streamHandle(functionApp(engine))
}

/** The size of a result as JSON, which escapes quotes in the body; 0 if the result is clearly below the limit. */
function payloadBytes(result: { readonly body: string }): number {
  return result.body.length * 6 < PAYLOAD_BYTES_MAX ? 0 : Buffer.byteLength(JSON.stringify(result))
}

function refuse(byteSize: number) {
  const message = `the answer would take ${byteSize} bytes, but Lambda allows ${PAYLOAD_BYTES_MAX}: request fewer documents (limit) or fields (include), or use the streaming address`
  const { status, headers, body } = replyToError(
    new LimitExceededError('answer_too_large', message, { details: { maximum: PAYLOAD_BYTES_MAX, found: byteSize } }),
    '',
  )
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    isBase64Encoded: false,
  }
}

import { handle, type LambdaEvent, streamHandle } from 'hono/aws-lambda'
import type { Engine } from '../core/engine/engine.ts'
import { LimitExceededError } from '../core/errors.ts'
import { createApp } from '../core/http/create-app.ts'
import { replyToError } from '../core/http/http-errors.ts'
import { clock, invocation, type LambdaContext } from './invocation.ts'
import { logFailure } from './log.ts'
import { encodePath } from './sent-path.ts'

/**
 * Lambda's limit on a payload in either direction, 6 MB. What comes in may be
 * base64, which makes three bytes four, and has headers around it.
 */
const PAYLOAD_BYTES_MAX = 6_291_556
const BODY_BYTES_MAX = 4_500_000

const INSTEAD = 'send less at once, gzip it, or upload it: POST /collections/{collection}/uploads says where to'

type App = ReturnType<typeof createApp>
type HttpApiEvent = Extract<LambdaEvent, { readonly rawPath: string }>

/** What `handle` and `streamHandle` pass along with a request; each has its own name for Lambda's context. */
type Bindings = { readonly lambdaContext?: LambdaContext; readonly context?: LambdaContext }

/** The HTTP contract as a function runs it: in time, and with nothing left running once it has answered. */
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
  // The adapters only ever call `fetch`, with bindings that Hono's type leaves open.
  return { fetch } as unknown as App
}

/** Answers events of API Gateway's HTTP APIs; an answer beyond Lambda's limit becomes an error that says so. */
export function bufferedHandler(engine: Engine) {
  const answer = handle(functionApp(engine))
  return async (event: HttpApiEvent, context: LambdaContext) => {
    const result = await answer({ ...event, rawPath: encodePath(event.rawPath) }, context as never)
    const byteSize = payloadBytes(result)
    return byteSize <= PAYLOAD_BYTES_MAX ? result : refuse(byteSize)
  }
}

/** Answers the same events through a function URL, piece by piece: up to 200 MB. */
export function streamingHandler(engine: Engine) {
  return streamHandle(functionApp(engine))
}

/** The result as it travels: JSON, in which quotes of the body are escaped. Counted exactly only where that matters. */
function payloadBytes(result: { readonly body: string }): number {
  return result.body.length * 6 < PAYLOAD_BYTES_MAX ? 0 : Buffer.byteLength(JSON.stringify(result))
}

function refuse(byteSize: number) {
  const message = `the answer would take ${byteSize} bytes, and Lambda carries ${PAYLOAD_BYTES_MAX}; ask for fewer documents (limit) or fields (include), or use the streaming address`
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

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { LimitExceededError, UnavailableError } from '../errors.ts'
import type { LeafTransport } from './leaf-transport.ts'

/**
 * What a leaf function is invoked with and answers. Lambda's payloads are JSON,
 * so the bytes go as base64; its limit of 6 MB is then about 4.5 MB of MessagePack.
 */
export type LeafPayload = { readonly body: string }

export type LambdaOptions = {
  /** Names of the leaf functions, in the order of their numbers. */
  readonly functions: readonly string[]
  /** Another service than AWS's. */
  readonly endpoint?: string
  readonly region?: string
}

/** Lambda's limit on a payload in either direction. */
const PAYLOAD_BYTES_MAX = 6 * 1024 * 1024
/** A throttled invocation is tried once more by the SDK: the search has little time. */
const ATTEMPTS_MAX = 2
const CONNECT_MS_MAX = 3_000
/** Searches of one instance follow one another, each with one request a leaf; hedging doubles that. */
const CONNECTIONS_MAX = 256

/** Leaves that are Lambda functions, invoked one request each. */
export class LambdaTransport implements LeafTransport {
  readonly size: number
  readonly #client: LambdaClient
  readonly #functions: readonly string[]

  constructor({ functions, endpoint, region }: LambdaOptions) {
    const agent = { keepAlive: true, maxSockets: CONNECTIONS_MAX }
    this.size = functions.length
    this.#functions = functions
    this.#client = new LambdaClient({
      maxAttempts: ATTEMPTS_MAX,
      requestHandler: { connectionTimeout: CONNECT_MS_MAX, httpAgent: agent, httpsAgent: agent },
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(region === undefined ? {} : { region }),
    })
  }

  async send(leaf: number, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const name = this.#functions[leaf]!
    const payload = JSON.stringify({ body: Buffer.from(request).toString('base64') } satisfies LeafPayload)
    if (payload.length > PAYLOAD_BYTES_MAX) {
      const message = `a request to a leaf may have ${PAYLOAD_BYTES_MAX} bytes at most, this one has ${payload.length}; the query or the manifests are too large`
      throw new LimitExceededError('leaf_request_too_large', message)
    }
    const { FunctionError: failure, Payload: answer } = await this.#invoke(name, payload, signal)
    const text = new TextDecoder().decode(answer)
    if (failure !== undefined) throw failed(name, describeFailure(text))
    const { body } = (text === '' ? {} : JSON.parse(text)) as Partial<LeafPayload>
    if (body === undefined) throw failed(name, 'answered nothing')
    return Buffer.from(body, 'base64')
  }

  close(): void {
    this.#client.destroy()
  }

  async #invoke(name: string, payload: string, abortSignal: AbortSignal) {
    try {
      return await this.#client.send(new InvokeCommand({ FunctionName: name, Payload: payload }), { abortSignal })
    } catch (cause) {
      throw failed(name, `could not be invoked: ${cause instanceof Error ? cause.name : 'unknown error'}`, cause)
    }
  }
}

function failed(name: string, what: string, cause?: unknown): UnavailableError {
  return new UnavailableError('leaf_failed', `leaf ${name} ${what}`, cause === undefined ? {} : { cause })
}

/** Of what Lambda says only the kind of failure: messages may hold more than clients should see. */
function describeFailure(text: string): string {
  try {
    const { errorType } = JSON.parse(text) as { readonly errorType?: unknown }
    return `failed: ${String(errorType ?? 'unknown error')}`
  } catch {
    return 'failed'
  }
}

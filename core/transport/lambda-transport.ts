import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import { LimitExceededError, UnavailableError } from '../errors.ts'
import type { LeafTransport } from './leaf-transport.ts'

/**
 * The payload and the answer of a leaf function. Lambda's payloads are JSON, so the bytes are base64; the limit of 6 MB
 * allows about 4.5 MB of MessagePack.
 */
export type LeafPayload = { readonly body: string }

export type LambdaOptions = {
  /** Names of the leaf functions, in the order of their numbers. */
  readonly functions: readonly string[]
  readonly region: string
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
  /** URL of a service other than AWS. */
  readonly endpoint?: string
}

/** Maximum bytes of a Lambda payload in either direction. */
const PAYLOAD_BYTES_MAX = 6_291_556
/** Maximum attempts at one invocation. A search may be repeated, because it changes nothing, but it has little time. */
const ATTEMPTS_MAX = 2

/** Leaves that are Lambda functions, one invocation per request: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export class LambdaTransport implements LeafTransport {
  readonly size: number
  readonly #functions: readonly string[]
  readonly #signer: SignatureV4
  readonly #endpoint: string

  constructor({ functions, region, credentials, endpoint }: LambdaOptions) {
    const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
    this.size = functions.length
    this.#functions = functions
    this.#endpoint = endpoint ?? `https://lambda.${region}.${domain}`
    this.#signer = new SignatureV4({ credentials, region, service: 'lambda', sha256: Sha256, applyChecksum: false })
  }

  async send(leaf: number, request: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const name = this.#functions[leaf]!
    const payload = JSON.stringify({ body: Buffer.from(request).toString('base64') } satisfies LeafPayload)
    if (payload.length > PAYLOAD_BYTES_MAX) {
      const message = `a request to a leaf may have ${PAYLOAD_BYTES_MAX} bytes, this one has ${payload.length}: the query or the manifests are too large`
      throw new LimitExceededError('leaf_request_too_large', message)
    }
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#invoke(name, payload, signal).catch((cause: unknown) => unreachable(name, cause))
      if (!(answer instanceof UnavailableError)) return answer
      if (attempt === ATTEMPTS_MAX || signal.aborted) throw answer
    }
  }

  /**
   * @returns an error if a retry may help: after a throttle, or a connection that broke while this process was frozen
   * @throws {UnavailableError} if the function itself failed
   */
  async #invoke(name: string, payload: string, signal: AbortSignal): Promise<Uint8Array | UnavailableError> {
    const url = new URL(`${this.#endpoint}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`)
    const { protocol, hostname, pathname: path, host } = url
    const request = { method: 'POST', protocol, hostname, path, query: {}, headers: { host }, body: payload }
    const { headers } = await this.#signer.sign(request)
    const response = await fetch(url, { method: 'POST', headers, body: payload, signal })
    const text = await response.text()
    const mayPass = response.status === 429 || response.status >= 500
    if (mayPass) return failed(name, `could not be invoked: Lambda answered ${response.status}`)
    if (!response.ok) throw failed(name, `could not be invoked: Lambda answered ${response.status}`)
    if (response.headers.has('x-amz-function-error')) throw failed(name, `failed: ${readErrorType(text)}`)
    const { body } = JSON.parse(text) as Partial<LeafPayload>
    if (typeof body !== 'string') throw failed(name, 'answered nothing')
    return Buffer.from(body, 'base64')
  }
}

/** SHA-256, or HMAC-SHA-256 with a secret, in the form that the signer needs. */
class Sha256 {
  readonly #hash: Hash | Hmac

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array)
  }

  update(data: Uint8Array): void {
    this.#hash.update(data)
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  /** Does nothing, because the signer creates a new object for each hash. */
  reset(): void {}
}

function unreachable(name: string, cause: unknown): UnavailableError {
  if (cause instanceof UnavailableError) throw cause
  const { name: kind, cause: reason } = cause as { readonly name: string; readonly cause?: { readonly code?: string } }
  return failed(name, `could not be reached: ${reason?.code ?? kind}`, cause)
}

function failed(name: string, what: string, cause?: unknown): UnavailableError {
  return new UnavailableError('leaf_failed', `leaf ${name} ${what}`, cause === undefined ? {} : { cause })
}

/** Reads the kind of failure that Lambda reports. Leaves out its message, which clients must not see. */
function readErrorType(text: string): string {
  try {
    const { errorType } = JSON.parse(text) as { readonly errorType?: unknown }
    return String(errorType ?? 'unknown error')
  } catch {
    return 'unknown error'
  }
}

import { createGunzip } from 'node:zlib'
import type { Clock } from '../../clock.ts'
import { BATCH_SIZE } from '../../contract/limits.ts'
import { InvalidRequestError, LimitExceededError, PrismError } from '../../errors.ts'
import { quote } from '../../quote.ts'
import { ClientGoneError, RefusedByHttpError } from './refusals.ts'
import type { Holding } from './request-memory.ts'

/** Milliseconds without a byte after which a body is refused. */
export const BODY_IDLE_MS_MAX = 30_000

const UNPACKED_CHUNK_BYTES = 64 * 1024

/** Limits on the size of a body. */
export type BodyLimits = {
  /** Maximum decompressed bytes. Default: those of a batch. */
  readonly bytesMax?: number | undefined
  /** Maximum bytes as sent, if the platform accepts less than `bytesMax`. */
  readonly sentBytesMax?: number | undefined
  /** A way to send larger bodies, for the error message. */
  readonly instead?: string | undefined
}

type Reading = { readonly clock: Clock; readonly held: Holding; readonly limits?: BodyLimits | undefined }

/**
 * Reads the whole body of a request, decompresses gzip, and stops as soon as a limit is exceeded. Each byte counts towards
 * `held` from its arrival until `held` is released.
 *
 * @throws {LimitExceededError} over the platform's limit as it is sent, or over `bytesMax`
 * @throws {UnavailableError} 'overloaded' if the requests of this process hold too much
 * @throws {InvalidRequestError} if the encoding is gzip but the bytes are not
 * @throws {RefusedByHttpError} 'unsupported_encoding', 'body_timeout'
 * @throws {ClientGoneError} if the client disconnects before the end of the body
 */
export async function readBody(request: Request, { clock, held, limits = {} }: Reading): Promise<Uint8Array> {
  const { bytesMax = BATCH_SIZE.bytesMax } = limits
  const sentBytesMax = Math.min(bytesMax, limits.sentBytesMax ?? bytesMax)
  const refusal = () => tooLarge(sentBytesMax, sentBytesMax < bytesMax ? limits.instead : undefined)
  const encoding = request.headers.get('content-encoding')?.toLowerCase() ?? 'identity'
  if (!['identity', 'gzip', 'x-gzip'].includes(encoding)) {
    const message = `content-encoding must be gzip or identity, got ${quote(encoding)}`
    throw new RefusedByHttpError(415, 'unsupported_encoding', message, { 'Accept-Encoding': 'gzip' })
  }
  if (Number(request.headers.get('content-length') ?? 0) > sentBytesMax) throw refusal()
  if (request.body === null) return new Uint8Array()
  const bytes = await collect(arriving(request.body, clock), held, (size) => {
    if (size > sentBytesMax) throw refusal()
  })
  if (encoding === 'identity' || bytes.length === 0) return bytes
  const unpacked = await unpackBody(bytes, { bytesMax, held })
  held.give(bytes.length)
  return unpacked
}

/** The chunks of a body as they arrive. */
async function* arriving(stream: ReadableStream<Uint8Array>, clock: Clock): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  try {
    for (;;) {
      const { done, value } = await beforeIdle(reader.read(), clock)
      if (done) return
      yield value
    }
  } finally {
    reader.cancel().catch(() => undefined)
  }
}

async function beforeIdle<T>(read: Promise<T>, clock: Clock): Promise<T> {
  const arrived = new AbortController()
  const idle = clock.sleep(BODY_IDLE_MS_MAX, arrived.signal).then(
    () => Promise.reject(bodyTimeout()),
    () => read,
  )
  try {
    return await Promise.race([read.catch((cause: unknown) => Promise.reject(new ClientGoneError(cause))), idle])
  } finally {
    arrived.abort()
  }
}

async function collect(
  chunks: AsyncIterable<Uint8Array>,
  held: Holding,
  check: (byteSize: number) => void,
): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  let byteSize = 0
  for await (const chunk of chunks) {
    byteSize += chunk.length
    check(byteSize)
    held.take(chunk.length)
    all.push(chunk)
  }
  return all.length === 1 ? all[0]! : Buffer.concat(all, byteSize)
}

/**
 * Decompresses gzip; the result counts towards `held`.
 *
 * @throws {LimitExceededError} over `bytesMax`, before more than that is decompressed
 * @throws {UnavailableError} 'overloaded'
 * @throws {InvalidRequestError} 'malformed_gzip'
 */
export async function unpackBody(
  bytes: Uint8Array,
  { bytesMax, held }: { readonly bytesMax: number; readonly held: Holding },
): Promise<Uint8Array> {
  const unpacking = createGunzip({ chunkSize: UNPACKED_CHUNK_BYTES })
  unpacking.end(bytes)
  try {
    return await collect(unpacking, held, (size) => {
      if (size > bytesMax) throw tooLarge(bytesMax)
    })
  } catch (error) {
    if (error instanceof PrismError) throw error
    throw new InvalidRequestError('malformed_gzip', 'the body is not gzip, although its Content-Encoding says so', {
      cause: error,
    })
  }
}

/** The error for a body over its limit. `instead` names a way to send larger bodies. */
export function tooLarge(bytesMax: number, instead?: string): LimitExceededError {
  const message = `a request body may have ${bytesMax} bytes at most`
  return new LimitExceededError('body_too_large', instead === undefined ? message : `${message}; ${instead}`, {
    details: { limit: 'body_bytes', maximum: bytesMax },
  })
}

function bodyTimeout(): RefusedByHttpError {
  const message = `nothing of the request's body arrived for ${BODY_IDLE_MS_MAX / 1000} s: send the request again`
  return new RefusedByHttpError(408, 'body_timeout', message)
}

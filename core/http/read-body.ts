import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { InvalidRequestError, LimitExceededError } from '../errors.ts'
import { RefusedByHttpError } from './http-errors.ts'

/** Most bytes of a request body, unpacked; and on its way too, unless the platform takes less. */
export const BODY_BYTES_MAX = 32 * 1024 * 1024

export type BodyLimits = {
  /** Most bytes on the way; {@link BODY_BYTES_MAX} if not said. */
  readonly sentBytesMax?: number | undefined
  /** What to do with more, for the message of the refusal. */
  readonly instead?: string | undefined
}

const unpack = promisify(gunzip)

/**
 * Reads a request's body whole, unpacking gzip, and stops as soon as it is over a limit.
 *
 * @throws {LimitExceededError} over the platform's limit as it is sent, or over {@link BODY_BYTES_MAX} unpacked
 * @throws {InvalidRequestError} if it says gzip and is not
 */
export async function readBody(request: Request, limits: BodyLimits = {}): Promise<Uint8Array> {
  const { sentBytesMax = BODY_BYTES_MAX } = limits
  const encoding = request.headers.get('content-encoding')?.toLowerCase() ?? 'identity'
  if (!['identity', 'gzip', 'x-gzip'].includes(encoding)) {
    const message = `content-encoding must be gzip or identity, got ${encoding}`
    throw new RefusedByHttpError(415, 'unsupported_encoding', message, { 'Accept-Encoding': 'gzip' })
  }
  const refusal = () => tooLarge(sentBytesMax, limits.instead)
  if (Number(request.headers.get('content-length') ?? 0) > sentBytesMax) throw refusal()
  const bytes = request.body === null ? new Uint8Array() : await readBounded(request.body, sentBytesMax, refusal)
  return encoding === 'identity' || bytes.length === 0 ? bytes : unpackBody(bytes)
}

async function readBounded(
  stream: ReadableStream<Uint8Array>,
  bytesMax: number,
  refusal: () => LimitExceededError,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.length
    if (size > bytesMax) {
      await reader.cancel()
      throw refusal()
    }
    chunks.push(value)
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)
}

/**
 * Unpacks gzip.
 *
 * @throws {LimitExceededError} over {@link BODY_BYTES_MAX}
 * @throws {InvalidRequestError} 'malformed_gzip'
 */
export async function unpackBody(bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await unpack(bytes, { maxOutputLength: BODY_BYTES_MAX })
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(BODY_BYTES_MAX)
    throw new InvalidRequestError('malformed_gzip', 'the body is not gzip, as it is said to be', { cause: error })
  }
}

export function tooLarge(bytesMax: number, instead?: string): LimitExceededError {
  const message = `a request body may have ${bytesMax} bytes at most${bytesMax === BODY_BYTES_MAX ? ', unpacked' : ''}`
  return new LimitExceededError('body_too_large', instead === undefined ? message : `${message}; ${instead}`, {
    details: { limit: 'body_bytes', maximum: bytesMax },
  })
}

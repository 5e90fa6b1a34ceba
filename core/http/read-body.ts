import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { BATCH_SIZE } from '../contract/limits.ts'
import { InvalidRequestError, LimitExceededError } from '../errors.ts'
import { quote } from '../quote.ts'
import { RefusedByHttpError } from './http-errors.ts'

export type BodyLimits = {
  /** Most bytes, unpacked. Default: those of a batch. */
  readonly bytesMax?: number | undefined
  /** Most bytes as they are sent, where the platform takes less than `bytesMax`. */
  readonly sentBytesMax?: number | undefined
  /** What to do with more, for the message of the refusal. */
  readonly instead?: string | undefined
}

const unpack = promisify(gunzip)

/**
 * Reads a request's body whole, unpacking gzip, and stops as soon as it is over a limit.
 *
 * @throws {LimitExceededError} over the platform's limit as it is sent, or over `bytesMax`
 * @throws {InvalidRequestError} if it says gzip and is not
 */
export async function readBody(request: Request, limits: BodyLimits = {}): Promise<Uint8Array> {
  const { bytesMax = BATCH_SIZE.bytesMax } = limits
  const sentBytesMax = Math.min(bytesMax, limits.sentBytesMax ?? bytesMax)
  const encoding = request.headers.get('content-encoding')?.toLowerCase() ?? 'identity'
  if (!['identity', 'gzip', 'x-gzip'].includes(encoding)) {
    const message = `content-encoding must be gzip or identity, got ${quote(encoding)}`
    throw new RefusedByHttpError(415, 'unsupported_encoding', message, { 'Accept-Encoding': 'gzip' })
  }
  const refusal = () => tooLarge(sentBytesMax, sentBytesMax < bytesMax ? limits.instead : undefined)
  if (Number(request.headers.get('content-length') ?? 0) > sentBytesMax) throw refusal()
  const bytes = request.body === null ? new Uint8Array() : await readBounded(request.body, sentBytesMax, refusal)
  return encoding === 'identity' || bytes.length === 0 ? bytes : unpackBody(bytes, bytesMax)
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
 * @throws {LimitExceededError} over `bytesMax`, before more than that is unpacked
 * @throws {InvalidRequestError} 'malformed_gzip'
 */
export async function unpackBody(bytes: Uint8Array, bytesMax: number): Promise<Uint8Array> {
  try {
    return await unpack(bytes, { maxOutputLength: bytesMax })
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(bytesMax)
    throw new InvalidRequestError('malformed_gzip', 'the body is not gzip, as it is said to be', { cause: error })
  }
}

export function tooLarge(bytesMax: number, instead?: string): LimitExceededError {
  const message = `a request body may have ${bytesMax} bytes at most`
  return new LimitExceededError('body_too_large', instead === undefined ? message : `${message}; ${instead}`, {
    details: { limit: 'body_bytes', maximum: bytesMax },
  })
}

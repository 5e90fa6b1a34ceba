import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { InvalidRequestError, LimitExceededError } from '../errors.ts'
import { RefusedByHttpError } from './http-errors.ts'

/** Most bytes of a request body, before and after unpacking. */
export const BODY_BYTES_MAX = 32 * 1024 * 1024

const unpack = promisify(gunzip)

/**
 * Reads a request's body whole, unpacking gzip, and stops as soon as it is over the limit.
 *
 * @throws {LimitExceededError} over {@link BODY_BYTES_MAX}
 * @throws {InvalidRequestError} if it says gzip and is not
 */
export async function readBody(request: Request, bytesMax: number): Promise<Uint8Array> {
  const encoding = request.headers.get('content-encoding')?.toLowerCase() ?? 'identity'
  if (!['identity', 'gzip', 'x-gzip'].includes(encoding)) {
    const message = `content-encoding must be gzip or identity, got ${encoding}`
    throw new RefusedByHttpError(415, 'unsupported_encoding', message, { 'Accept-Encoding': 'gzip' })
  }
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) throw tooLarge(bytesMax)
  const bytes = request.body === null ? new Uint8Array() : await readBounded(request.body, bytesMax)
  return encoding === 'identity' || bytes.length === 0 ? bytes : unpackBounded(bytes, bytesMax)
}

async function readBounded(stream: ReadableStream<Uint8Array>, bytesMax: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    size += value.length
    if (size > bytesMax) {
      await reader.cancel()
      throw tooLarge(bytesMax)
    }
    chunks.push(value)
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size)
}

async function unpackBounded(bytes: Uint8Array, bytesMax: number): Promise<Uint8Array> {
  try {
    return await unpack(bytes, { maxOutputLength: bytesMax })
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(bytesMax)
    throw new InvalidRequestError('malformed_gzip', 'the body is not what content-encoding says: gzip', {
      cause: error,
    })
  }
}

function tooLarge(bytesMax: number): LimitExceededError {
  return new LimitExceededError('body_too_large', `a request body may have ${bytesMax} bytes at most, unpacked`, {
    details: { limit: 'body_bytes', maximum: bytesMax },
  })
}

import { uploadAnswer } from '../contract/answer-shapes.ts'
import type { Shape } from '../contract/shape.ts'
import { InvalidRequestError, LimitExceededError, UnavailableError } from '../errors.ts'
import type { Ask } from './ask.ts'

type Headers = Readonly<Record<string, string>>
type SendBatch = <T>(answer: Shape<T>, path: string, batch: string, headers: Headers) => Promise<T>

/**
 * Writes batches through a server. If the server or a gateway refuses the size of a body, uploads the batch to a URL from
 * the server, and then writes the upload.
 *
 * @returns a function of the path of a collection and a batch as JSON. It throws a LimitExceededError if an upload is not
 *   possible either
 */
export function batchSender(ask: Ask): SendBatch {
  /** The size of the smallest batch that was refused. Batches of at least that size are uploaded directly. */
  let refusedBytes = Number.POSITIVE_INFINITY
  return async (answer, path, batch, headers) => {
    const byteSize = Buffer.byteLength(batch)
    const sendPast = () => uploadAndWrite(ask, answer, path, { batch, byteSize, headers })
    if (byteSize >= refusedBytes) return sendPast()
    try {
      return await ask(answer, 'POST', `${path}/documents`, { body: batch, headers })
    } catch (error) {
      if (!isBodyTooLarge(error)) throw error
      const written = await sendPast().catch((reason: unknown) => {
        throw reason instanceof InvalidRequestError && reason.code === 'not_supported' ? error : reason
      })
      refusedBytes = byteSize
      return written
    }
  }
}

/** The second code is for gateways in front of the server, whose errors are not Prism's. */
function isBodyTooLarge(error: unknown): boolean {
  return error instanceof LimitExceededError && ['body_too_large', 'unexpected_answer'].includes(error.code)
}

async function uploadAndWrite<T>(
  ask: Ask,
  answer: Shape<T>,
  path: string,
  { batch, byteSize, headers }: { readonly batch: string; readonly byteSize: number; readonly headers: Headers },
): Promise<T> {
  const ticket = { format: 'json', bytes: byteSize }
  const { upload, url } = await ask(uploadAnswer, 'POST', `${path}/uploads`, { json: ticket })
  await put(url, batch)
  return ask(answer, 'POST', `${path}/documents`, { json: { upload }, headers })
}

/**
 * Uploads to the store, without the caller's token and headers.
 *
 * @throws {UnavailableError} if the upload fails; then nothing has been written
 */
async function put(url: string, batch: string): Promise<void> {
  const { host } = new URL(url)
  try {
    const response = await fetch(url, { method: 'PUT', body: batch })
    const text = await response.text()
    if (response.ok) return
    throw new UnavailableError(
      'upload_failed',
      `${host} answered ${response.status} to an upload: ${text.slice(0, 200)}`,
    )
  } catch (cause) {
    if (cause instanceof UnavailableError) throw cause
    throw new UnavailableError('upload_failed', `no answer from ${host} to an upload: ${String(cause)}`, { cause })
  }
}

import type { UploadTicket } from '../contract/writes.ts'
import { InvalidRequestError, LimitExceededError, UnavailableError } from '../errors.ts'

type Ask = (method: string, path: string, body: string | object, headers?: Record<string, string>) => Promise<unknown>

/** Per server, the size of the smallest batch that it refused. Batches of at least that size are uploaded directly. */
const refusedBytes = new WeakMap<Ask, number>()

/**
 * Writes a batch through a server. If the server or a gateway refuses the size of the body, uploads the batch to a URL from
 * the server, and then writes the upload.
 *
 * @param path of the collection
 * @param batch as JSON
 * @throws {LimitExceededError} if an upload is not possible either
 */
export async function writeInOrPast(
  ask: Ask,
  path: string,
  batch: string,
  headers: Record<string, string>,
): Promise<unknown> {
  const byteSize = Buffer.byteLength(batch)
  if (byteSize >= (refusedBytes.get(ask) ?? Number.POSITIVE_INFINITY)) return writePast(ask, path, batch, headers)
  try {
    return await ask('POST', `${path}/documents`, batch, headers)
  } catch (error) {
    if (!isBodyTooLarge(error)) throw error
    const answer = await writePast(ask, path, batch, headers).catch((reason: unknown) => {
      throw reason instanceof InvalidRequestError && reason.code === 'not_supported' ? error : reason
    })
    refusedBytes.set(ask, byteSize)
    return answer
  }
}

/** The second code is for gateways in front of the server, whose errors are not Prism's. */
function isBodyTooLarge(error: unknown): boolean {
  return error instanceof LimitExceededError && ['body_too_large', 'unexpected_answer'].includes(error.code)
}

async function writePast(ask: Ask, path: string, batch: string, headers: Record<string, string>): Promise<unknown> {
  const { upload, url } = (await ask('POST', `${path}/uploads`, {
    format: 'json',
    bytes: Buffer.byteLength(batch),
  })) as UploadTicket
  await put(url, batch)
  return ask('POST', `${path}/documents`, { upload }, headers)
}

/** @throws {UnavailableError} if the upload fails; then nothing has been written */
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

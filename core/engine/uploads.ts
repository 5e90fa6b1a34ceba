import type { Clock } from '../clock.ts'
import { checkName } from '../collections/create-collection.ts'
import { BATCH_SIZE } from '../contract/limits.ts'
import type { UploadFormat, UploadTicket } from '../contract/writes.ts'
import { InvalidRequestError, LimitExceededError, NotFoundError } from '../errors.ts'
import { quote } from '../quote.ts'
import type { Random } from '../random.ts'
import { isMissingObject } from '../storage/missing-object.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { Uploads } from '../storage/uploads.ts'

/** What a client is about to upload. */
export type UploadRequest = {
  readonly format: UploadFormat
  /** How many bytes will be put there: no other number is taken. */
  readonly bytes: number
}

/** What a client uploaded, as it was sent. */
export type Uploaded = { readonly format: UploadFormat; readonly bytes: Uint8Array }

/** What uploads need. */
export type UploadComponents = {
  readonly store: ObjectStore
  readonly clock: Clock
  readonly random: Random
  /** Undefined where clients cannot reach the store: in a folder. */
  readonly uploads?: Uploads
}

/** Long enough for a slow line. The bucket removes what is under this prefix after a day. */
const EXPIRES_S = 15 * 60
const PREFIX = 'uploads/'
const NAME = /^[0-9a-z]{26}\.(ndjson|json)$/

/**
 * @throws {InvalidRequestError} 'not_supported' where there is no bucket to put anything
 * @throws {LimitExceededError} 'body_too_large'
 */
export async function createUpload(
  { clock, random, uploads }: UploadComponents,
  name: string,
  { format, bytes }: UploadRequest,
  getOrCreate: (name: string) => Promise<unknown>,
): Promise<UploadTicket> {
  if (uploads === undefined) {
    throw new InvalidRequestError(
      'not_supported',
      'there is no bucket to upload to: send the documents themselves, in several batches if they are many',
    )
  }
  if (bytes > BATCH_SIZE.bytesMax) {
    const message = `an upload may have ${BATCH_SIZE.bytesMax} bytes at most, got ${bytes}`
    throw new LimitExceededError('body_too_large', message, { details: { maximum: BATCH_SIZE.bytesMax, found: bytes } })
  }
  // It is the beginning of a write: there is an address only for a collection that is there.
  await getOrCreate(name)
  const upload = `${random.name()}.${format}`
  return {
    upload,
    url: await uploads.presignPut(keyOf(name, upload), bytes, EXPIRES_S),
    expires_at: new Date(clock.now() + EXPIRES_S * 1000).toISOString(),
    maximum_bytes: BATCH_SIZE.bytesMax,
  }
}

/**
 * What a client has uploaded, cut off one byte after the limit so that the caller sees it is over.
 *
 * @throws {InvalidRequestError} 'invalid_upload' for what is no name of an upload
 * @throws {NotFoundError} 'upload_not_found' if nothing has been put there, or it is gone again
 */
export async function readUpload(
  { store }: UploadComponents,
  { name, upload, bytesMax }: { readonly name: string; readonly upload: string; readonly bytesMax: number },
): Promise<Uploaded> {
  checkName(name)
  const format = NAME.exec(upload)?.[1] as UploadFormat | undefined
  if (format === undefined) {
    throw new InvalidRequestError('invalid_upload', `no name of an upload: ${quote(upload)}`)
  }
  try {
    return { format, bytes: await store.get(keyOf(name, upload), { start: 0, end: bytesMax + 1 }) }
  } catch (error) {
    if (!isMissingObject(error)) throw error
    throw new NotFoundError('upload_not_found', `nothing was uploaded as ${upload}, or it has expired`)
  }
}

function keyOf(name: string, upload: string): string {
  return `${PREFIX}${name}/${upload}`
}

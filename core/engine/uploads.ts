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

/** Describes the batch that a client will upload. */
export type UploadRequest = {
  readonly format: UploadFormat
  /** The exact number of bytes that will be uploaded. */
  readonly bytes: number
}

/** The bytes that a client uploaded, as sent. */
export type Uploaded = { readonly format: UploadFormat; readonly bytes: Uint8Array }

/** The components that uploads need. */
export type UploadComponents = {
  readonly store: ObjectStore
  readonly clock: Clock
  readonly random: Random
  /** Undefined if clients cannot reach the store, as in a folder. */
  readonly uploads?: Uploads
}

/** Long enough for a slow connection. */
const EXPIRES_S = 15 * 60
/** The bucket removes objects with this prefix after a day. */
const PREFIX = 'uploads/'
const NAME = /^[0-9a-z]{26}\.(ndjson|json)$/

/**
 * Creates the address for an upload.
 *
 * @throws {InvalidRequestError} 'not_supported' if there is no bucket
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
  // An upload is the beginning of a write, so the collection must exist.
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
 * Reads an upload, cut off one byte after the limit so the caller can detect a larger upload.
 *
 * @throws {InvalidRequestError} 'invalid_upload' if `upload` is not the name of an upload
 * @throws {NotFoundError} 'upload_not_found' if nothing was uploaded, or it has expired
 */
export async function readUpload(
  { store }: UploadComponents,
  { name, upload, bytesMax }: { readonly name: string; readonly upload: string; readonly bytesMax: number },
): Promise<Uploaded> {
  checkName(name)
  const format = NAME.exec(upload)?.[1] as UploadFormat | undefined
  if (format === undefined) {
    throw new InvalidRequestError(
      'invalid_upload',
      `upload: expected the name that POST …/uploads answered, got ${quote(upload)}`,
    )
  }
  try {
    return { format, bytes: await store.get(keyOf(name, upload), { start: 0, end: bytesMax + 1 }) }
  } catch (error) {
    if (!isMissingObject(error)) throw error
    throw new NotFoundError(
      'upload_not_found',
      `nothing was uploaded as ${quote(upload)}, or it has expired: ask POST …/uploads for a new address`,
    )
  }
}

function keyOf(name: string, upload: string): string {
  return `${PREFIX}${name}/${upload}`
}

import { createHash, randomBytes } from 'node:crypto'
import { compareUtf8 } from '../../core/utf8.ts'
import { S3Failure } from './s3-failure.ts'

export type StoredObject = { readonly body: Buffer; readonly etag: string; readonly modified: Date }

/** S3 refuses smaller parts, except the last. */
const PART_BYTES_MIN = 5 * 1_048_576

type Upload = { readonly key: string; readonly parts: Map<number, { readonly body: Buffer; readonly etag: string }> }

/** One bucket in memory. */
export class S3Bucket {
  readonly #objects = new Map<string, StoredObject>()
  readonly #uploads = new Map<string, Upload>()
  #sortedKeys: readonly string[] | undefined

  get uploadCount(): number {
    return this.#uploads.size
  }

  get(key: string): StoredObject {
    const object = this.#objects.get(key)
    if (object === undefined) throw new S3Failure(404, 'NoSuchKey', 'The specified key does not exist.')
    return object
  }

  put(key: string, body: Buffer, etag = md5Tag(body)): StoredObject {
    if (Buffer.byteLength(key) > 1_024) throw new S3Failure(400, 'KeyTooLongError', 'Your key is too long')
    const object = { body, etag, modified: new Date() }
    if (!this.#objects.has(key)) this.#sortedKeys = undefined
    this.#objects.set(key, object)
    return object
  }

  delete(key: string): void {
    if (this.#objects.delete(key)) this.#sortedKeys = undefined
  }

  /** Up to `countMax` keys after `after` in byte order, and whether there are more. */
  list(prefix: string, after: string, countMax: number): { keys: string[]; isTruncated: boolean } {
    this.#sortedKeys ??= [...this.#objects.keys()].sort(compareUtf8)
    const keys: string[] = []
    for (const key of this.#sortedKeys) {
      if (!key.startsWith(prefix) || compareUtf8(key, after) <= 0) continue
      if (keys.length === countMax) return { keys, isTruncated: true }
      keys.push(key)
    }
    return { keys, isTruncated: false }
  }

  startUpload(key: string): string {
    const id = randomBytes(16).toString('hex')
    this.#uploads.set(id, { key, parts: new Map() })
    return id
  }

  putPart(key: string, uploadId: string, number: number, body: Buffer): string {
    if (!(number >= 1 && number <= 10_000)) throw new S3Failure(400, 'InvalidArgument', `part number ${number}`)
    const etag = md5Tag(body)
    this.#upload(key, uploadId).parts.set(number, { body, etag })
    return etag
  }

  completeUpload(key: string, uploadId: string, parts: readonly { number: number; etag: string }[]): StoredObject {
    const upload = this.#upload(key, uploadId)
    const bodies = parts.map(({ number, etag }, i) => {
      if (i > 0 && number <= parts[i - 1]!.number) throw new S3Failure(400, 'InvalidPartOrder', 'parts must ascend')
      const part = upload.parts.get(number)
      if (part === undefined || part.etag !== etag) throw new S3Failure(400, 'InvalidPart', `part ${number}`)
      if (i < parts.length - 1 && part.body.length < PART_BYTES_MIN) {
        throw new S3Failure(400, 'EntityTooSmall', `part ${number} has ${part.body.length} bytes`)
      }
      return part.body
    })
    if (bodies.length === 0) throw new S3Failure(400, 'MalformedXML', 'an upload needs parts')
    this.#uploads.delete(uploadId)
    const body = Buffer.concat(bodies)
    return this.put(key, body, `${md5Tag(body).slice(0, -1)}-${parts.length}"`)
  }

  abortUpload(key: string, uploadId: string): void {
    this.#upload(key, uploadId)
    this.#uploads.delete(uploadId)
  }

  #upload(key: string, uploadId: string): Upload {
    const upload = this.#uploads.get(uploadId)
    if (upload?.key !== key) throw new S3Failure(404, 'NoSuchUpload', 'The specified upload does not exist.')
    return upload
  }
}

function md5Tag(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex')}"`
}

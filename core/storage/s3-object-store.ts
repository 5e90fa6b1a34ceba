import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { assert } from '../assert.ts'
import { LimitExceededError, UnavailableError } from '../errors.ts'
import { NO_LIMIT, type TimeLimit, withinLimit } from '../time-limit.ts'
import { checkObjectKey } from './object-key.ts'
import type { ByteRange, ListedObject, ObjectStore } from './object-store.ts'
import { readSizedBody } from './read-sized-body.ts'
import { nameOfS3Error, statusOfS3Error, translateS3Error } from './s3-errors.ts'
import { batchesOf, cutIntoParts, forEachAtMost, prepend } from './upload-parts.ts'
import type { Uploads } from './uploads.ts'

export type S3Options = {
  readonly bucket: string
  /** Prefix of all keys in the bucket, such as `prism/`. Callers see keys without it. */
  readonly prefix?: string
  /** URL of a service other than AWS, such as `http://127.0.0.1:7480`. */
  readonly endpoint?: string
  /** Default: `us-east-1` with an endpoint, otherwise the region of the environment. */
  readonly region?: string
  /** Default: the SDK finds them in the environment, in files or on the instance. */
  readonly credentials?: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
  /** Whether the bucket's name is in the path instead of the host. Default: only with an endpoint. */
  readonly pathStyle?: boolean
}

/** Maximum keys in one S3 request to delete. */
const DELETE_KEYS_MAX = 1_000

/** Concurrent deletions of {@link DELETE_KEYS_MAX} keys each. */
const DELETE_BATCHES_AT_ONCE = 4

/** Maximum parts of one S3 upload. */
const PARTS_MAX = 10_000

/** Parts of an upload that are in memory and being sent at once. */
const PARTS_AT_ONCE = 4

/** Size of every part except the last, because some services require equal parts. With {@link PARTS_MAX}, an object may have 80 GB. */
const PART_BYTES = 8 * 1_048_576

/** Maximum attempts of the SDK at one request, with growing pauses between them. */
const ATTEMPTS_MAX = 5

/** Maximum attempts at an answer whose body breaks off, which the SDK does not retry. */
const BODY_ATTEMPTS_MAX = 3

/** Maximum concurrent requests; further requests wait for a connection. */
const CONNECTIONS_MAX = 128

/** Milliseconds for a connection. Long, because the timer also runs while this process is too busy to notice the connection. */
const CONNECT_MS_MAX = 10_000

/** Milliseconds without traffic after which a connection is closed. */
const SILENCE_MS_MAX = 20_000

const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** Objects in a bucket of S3, or of a service that speaks its protocol. */
export class S3ObjectStore implements ObjectStore, Uploads {
  readonly #client: S3Client
  readonly #bucket: string
  readonly #prefix: string
  readonly #timeLimit: TimeLimit

  /**
   * Sends no request: wrong options fail at the first request.
   *
   * @param timeLimit ends requests, including retries, with UnavailableError 'deadline_exceeded'
   */
  constructor(options: S3Options, timeLimit: TimeLimit = NO_LIMIT) {
    this.#timeLimit = timeLimit
    const agent = { keepAlive: true, maxSockets: CONNECTIONS_MAX }
    const region = options.region ?? (options.endpoint === undefined ? undefined : 'us-east-1')
    this.#bucket = options.bucket
    this.#prefix = options.prefix ?? ''
    this.#client = new S3Client({
      forcePathStyle: options.pathStyle ?? options.endpoint !== undefined,
      maxAttempts: ATTEMPTS_MAX,
      // Objects have their own checksums, and not every service supports those of the SDK.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        connectionTimeout: CONNECT_MS_MAX,
        socketTimeout: SILENCE_MS_MAX,
        httpAgent: agent,
        httpsAgent: agent,
        // Without this, the SDK logs a warning about requests that wait for a connection, which is intended here.
        logger: SILENT,
      },
      ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
      ...(region === undefined ? {} : { region }),
      ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    })
  }

  async get(key: string, range?: ByteRange): Promise<Uint8Array> {
    // HTTP has no empty range, but a missing object must still be an error.
    if (range !== undefined && range.end <= range.start) {
      await this.get(key, { start: range.start, end: range.start + 1 })
      return new Uint8Array(0)
    }
    return this.#withinLimit(key, (cut) => this.#getWhole(key, range, cut))
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    this.#checkKey(key)
    await this.#send(key, (cut) => this.#client.send(new PutObjectCommand({ ...this.#at(key), Body: body }), cut))
  }

  async putStream(key: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    this.#checkKey(key)
    const parts = cutIntoParts(chunks, PART_BYTES)
    const first = await parts.next()
    assert(!first.done, 'a stream has at least one part')
    const second = await parts.next()
    if (second.done) {
      await this.put(key, first.value)
      return first.value.byteLength
    }
    return this.#putParts(key, prepend([first.value, second.value], parts))
  }

  async *list(prefix: string, after = ''): AsyncIterable<ListedObject> {
    let continuation: string | undefined
    do {
      const page: ListObjectsV2CommandOutput = await this.#send(prefix, (cut) =>
        this.#client.send(
          new ListObjectsV2Command({
            Bucket: this.#bucket,
            Prefix: this.#prefix + prefix,
            // XML cannot represent some characters. The SDK does not decode the keys itself.
            EncodingType: 'url',
            ...(after === '' ? {} : { StartAfter: this.#prefix + after }),
            ...(continuation === undefined ? {} : { ContinuationToken: continuation }),
          }),
          cut,
        ),
      )
      for (const object of page.Contents ?? []) {
        const key = decodeKey(object.Key ?? '').slice(this.#prefix.length)
        yield { key, byteSize: object.Size ?? 0, modifiedMs: object.LastModified?.getTime() ?? 0 }
      }
      continuation = page.NextContinuationToken
    } while (continuation !== undefined)
  }

  async delete(keys: readonly string[]): Promise<void> {
    await forEachAtMost(batchesOf(keys, DELETE_KEYS_MAX), DELETE_BATCHES_AT_ONCE, (batch) => this.#deleteBatch(batch))
  }

  /** Loads the signer on first use, because few processes need it. */
  async presignPut(key: string, byteSize: number, expiresS: number): Promise<string> {
    this.#checkKey(key)
    const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner')
    const command = new PutObjectCommand({ ...this.#at(key), ContentLength: byteSize })
    // The length is part of the signature, so a PUT of another length is refused.
    return getSignedUrl(this.#client, command, { expiresIn: expiresS })
  }

  /** Creates the bucket unless it exists, for tests and self-hosted services. */
  async createBucket(): Promise<void> {
    try {
      await this.#client.send(new CreateBucketCommand({ Bucket: this.#bucket }))
    } catch (error) {
      if (error instanceof Error && nameOfS3Error(error) === 'BucketAlreadyOwnedByYou') return
      throw translateS3Error(error, `bucket ${this.#bucket}`)
    }
  }

  /** Closes idle connections. */
  close(): void {
    this.#client.destroy()
  }

  async #getWhole(key: string, range: ByteRange | undefined, cut: Cut): Promise<Uint8Array> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.#startGet(key, range, cut)
      if (response === undefined) return new Uint8Array(0)
      try {
        // In Node the body is a stream; the SDK's type also covers browsers.
        return await readSizedBody(response.Body as AsyncIterable<Uint8Array>, response.ContentLength ?? 0)
      } catch (error) {
        if (attempt < BODY_ATTEMPTS_MAX) continue
        const message = `${this.#describe(key)} broke off ${attempt} times: ${String(error)}`
        throw new UnavailableError('storage_unavailable', message, { cause: error })
      }
    }
  }

  /** @returns undefined for a range that begins at or beyond the end of the object */
  async #startGet(key: string, range: ByteRange | undefined, cut: Cut): Promise<GetObjectCommandOutput | undefined> {
    // An HTTP range is inclusive at both ends; ours is half-open.
    const http = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end - 1}` }
    try {
      return await this.#client.send(new GetObjectCommand({ ...this.#at(key), ...http }), cut)
    } catch (error) {
      if (error instanceof Error && statusOfS3Error(error) === 416) return undefined
      throw translateS3Error(error, this.#describe(key))
    }
  }

  async #putParts(key: string, parts: AsyncIterable<Uint8Array>): Promise<number> {
    const { UploadId: uploadId } = await this.#send(key, (cut) =>
      this.#client.send(new CreateMultipartUploadCommand(this.#at(key)), cut),
    )
    const upload = { ...this.#at(key), UploadId: uploadId }
    const tags: { PartNumber: number; ETag: string | undefined }[] = []
    let byteSize = 0
    try {
      await forEachAtMost(parts, PARTS_AT_ONCE, async (part) => {
        const number = tags.length + 1
        const tag = { PartNumber: number, ETag: undefined as string | undefined }
        tags.push(tag)
        byteSize += part.byteLength
        if (number > PARTS_MAX) throw tooLarge(key, byteSize)
        const command = new UploadPartCommand({ ...upload, PartNumber: number, Body: part })
        tag.ETag = (await this.#send(key, (cut) => this.#client.send(command, cut))).ETag
      })
      await this.#withinLimit(key, (cut) => this.#complete(upload, { parts: tags, byteSize }, cut))
      return byteSize
    } catch (error) {
      // Parts of an upload that is neither completed nor aborted are billed forever. If the abort fails too, or there is no
      // time left for it, the bucket's lifecycle rule must remove them.
      const abort = (cut: Cut) => this.#client.send(new AbortMultipartUploadCommand(upload), cut)
      await this.#withinLimit(key, abort).catch(() => undefined)
      throw translateS3Error(error, this.#describe(key))
    }
  }

  /** Completes an upload. A retry after a lost reply finds no upload; then the object must exist. */
  async #complete(
    upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string | undefined },
    { parts, byteSize }: { parts: { PartNumber: number; ETag: string | undefined }[]; byteSize: number },
    cut: Cut,
  ): Promise<void> {
    try {
      const completion = { ...upload, MultipartUpload: { Parts: parts } }
      await this.#client.send(new CompleteMultipartUploadCommand(completion), cut)
    } catch (error) {
      if (!(error instanceof Error) || nameOfS3Error(error) !== 'NoSuchUpload') throw error
      const head = await this.#client.send(new HeadObjectCommand({ Bucket: upload.Bucket, Key: upload.Key }), cut)
      if (head.ContentLength !== byteSize) throw error
    }
  }

  async #deleteBatch(keys: readonly string[]): Promise<void> {
    const objects = keys.map((key) => ({ Key: this.#prefix + key }))
    const command = new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects: objects, Quiet: true } })
    const { Errors: errors = [] } = await this.#send(`${keys.length} keys`, (cut) => this.#client.send(command, cut))
    const failed = errors.filter((error) => error.Code !== 'NoSuchKey')
    if (failed.length === 0) return
    const { Key: key, Code: code, Message: message } = failed[0]!
    throw new UnavailableError(
      'storage_unavailable',
      `S3 did not delete ${failed.length} of ${keys.length} objects, the first ${key}: ${code} ${message ?? ''}`,
    )
  }

  #checkKey(key: string): void {
    checkObjectKey(key)
    checkObjectKey(this.#prefix + key)
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#bucket, Key: this.#prefix + key }
  }

  #describe(key: string): string {
    return `s3://${this.#bucket}/${this.#prefix}${key}`
  }

  async #send<T>(key: string, request: (cut: Cut) => Promise<T>): Promise<T> {
    try {
      return await this.#withinLimit(key, request)
    } catch (error) {
      throw translateS3Error(error, this.#describe(key))
    }
  }

  #withinLimit<T>(key: string, request: (cut: Cut) => Promise<T>): Promise<T> {
    const what = () => `a request for ${this.#describe(key)}`
    return withinLimit(this.#timeLimit, what, (abortSignal) => request(abortSignal && { abortSignal }))
  }
}

/** The time limit of a request in the form of an SDK option. */
type Cut = { readonly abortSignal: AbortSignal } | undefined

function tooLarge(key: string, byteSize: number): LimitExceededError {
  return new LimitExceededError('object_too_large', `object ${key} has more than ${PARTS_MAX} parts, ${byteSize} bytes`)
}

function decodeKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '))
}

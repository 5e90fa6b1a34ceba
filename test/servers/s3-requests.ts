import type { IncomingHttpHeaders } from 'node:http'
import { S3Bucket } from './s3-bucket.ts'
import { S3Failure } from './s3-failure.ts'
import { contentsOf, document, element, escapeXml, unescapeXml } from './s3-xml.ts'

export type S3Request = {
  readonly method: string
  readonly bucket: string
  /** Empty for the bucket itself. */
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export type S3Answer = {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

const LIST_KEYS_MAX = 1_000
const DELETE_KEYS_MAX = 1_000

/**
 * Does what a request asks of the buckets.
 *
 * @throws {S3Failure} as S3 would answer
 */
export function answerS3Request(buckets: Map<string, S3Bucket>, request: S3Request): S3Answer {
  if (!isSigned(request)) throw new S3Failure(403, 'AccessDenied', 'the request is not signed, or no longer')
  if (request.bucket === '') throw new S3Failure(405, 'MethodNotAllowed', 'there is no service as a whole')
  if (request.key === '') return answerForBucket(buckets, request)
  return answerForObject(bucketOf(buckets, request.bucket), request)
}

/** By its headers, or by its address, which then expires. */
function isSigned({ headers, query }: S3Request): boolean {
  if (headers.authorization !== undefined) return true
  const [, date, time] = /^(\d{8})T(\d{6})Z$/.exec(query.get('X-Amz-Date') ?? '') ?? []
  if (!query.has('X-Amz-Signature') || date === undefined || time === undefined) return false
  const signed = `${date.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`
  return Date.parse(signed) + Number(query.get('X-Amz-Expires')) * 1000 > Date.now()
}

function bucketOf(buckets: Map<string, S3Bucket>, name: string): S3Bucket {
  const bucket = buckets.get(name)
  if (bucket === undefined) throw new S3Failure(404, 'NoSuchBucket', 'The specified bucket does not exist')
  return bucket
}

function answerForBucket(buckets: Map<string, S3Bucket>, request: S3Request): S3Answer {
  const { method, bucket: name, query } = request
  if (method === 'PUT') {
    if (buckets.has(name)) throw new S3Failure(409, 'BucketAlreadyOwnedByYou', 'You own it')
    buckets.set(name, new S3Bucket())
    return { status: 200, headers: { location: `/${name}` } }
  }
  const bucket = bucketOf(buckets, name)
  if (method === 'HEAD') return { status: 200 }
  if (method === 'GET' && query.get('list-type') === '2') return xmlAnswer(listXml(bucket, name, query))
  if (method === 'POST' && query.has('delete')) return xmlAnswer(deleteAll(bucket, request))
  throw new S3Failure(501, 'NotImplemented', `${method} of a bucket with ${query}`)
}

function xmlAnswer(body: string): S3Answer {
  return { status: 200, headers: { 'content-type': 'application/xml' }, body }
}

function listXml(bucket: S3Bucket, name: string, query: URLSearchParams): string {
  const encode = query.get('encoding-type') === 'url' ? encodeKey : escapeXml
  const prefix = query.get('prefix') ?? ''
  const token = query.get('continuation-token')
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString()
  const countMax = Math.min(Number(query.get('max-keys') ?? LIST_KEYS_MAX), LIST_KEYS_MAX)
  const { keys, isTruncated } = bucket.list(prefix, after, countMax)
  const contents = keys.map((key) => {
    const { body, etag, modified } = bucket.get(key)
    return element(
      'Contents',
      element('Key', encode(key)) +
        element('LastModified', modified.toISOString()) +
        element('ETag', escapeXml(etag)) +
        element('Size', String(body.length)) +
        element('StorageClass', 'STANDARD'),
    )
  })
  return document(
    'ListBucketResult',
    element('Name', name) +
      element('Prefix', encode(prefix)) +
      element('KeyCount', String(keys.length)) +
      element('MaxKeys', String(countMax)) +
      (query.has('encoding-type') ? element('EncodingType', 'url') : '') +
      element('IsTruncated', String(isTruncated)) +
      (isTruncated ? element('NextContinuationToken', Buffer.from(keys.at(-1)!).toString('base64url')) : '') +
      contents.join(''),
  )
}

/** As S3 writes keys: like a form's value, but with slashes as they are. */
function encodeKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+')
}

function deleteAll(bucket: S3Bucket, { headers, body }: S3Request): string {
  const hasChecksum =
    'content-md5' in headers || Object.keys(headers).some((name) => /^x-amz-(checksum|trailer)/.test(name))
  if (!hasChecksum) throw new S3Failure(400, 'InvalidRequest', 'Missing required header for this request: Content-MD5')
  const keys = contentsOf(body.toString(), 'Key').map(unescapeXml)
  if (keys.length === 0 || keys.length > DELETE_KEYS_MAX) {
    throw new S3Failure(400, 'MalformedXML', `1 to ${DELETE_KEYS_MAX} keys may be deleted, got ${keys.length}`)
  }
  for (const key of keys) bucket.delete(key)
  const isQuiet = contentsOf(body.toString(), 'Quiet')[0] === 'true'
  const deleted = isQuiet ? [] : keys.map((key) => element('Deleted', element('Key', escapeXml(key))))
  return document('DeleteResult', deleted.join(''))
}

function answerForObject(bucket: S3Bucket, request: S3Request): S3Answer {
  const { method, bucket: name, key, query, body } = request
  const uploadId = query.get('uploadId')
  const names = element('Bucket', name) + element('Key', escapeXml(key))
  if (method === 'GET' || method === 'HEAD') return objectAnswer(bucket, request)
  if (method === 'PUT' && uploadId === null) return { status: 200, headers: { etag: bucket.put(key, body).etag } }
  if (method === 'PUT' && uploadId !== null) {
    return { status: 200, headers: { etag: bucket.putPart(key, uploadId, Number(query.get('partNumber')), body) } }
  }
  if (method === 'DELETE') {
    if (uploadId === null) bucket.delete(key)
    else bucket.abortUpload(key, uploadId)
    return { status: 204 }
  }
  if (method === 'POST' && query.has('uploads')) {
    const started = names + element('UploadId', bucket.startUpload(key))
    return xmlAnswer(document('InitiateMultipartUploadResult', started))
  }
  if (method === 'POST' && uploadId !== null) {
    const { etag } = bucket.completeUpload(key, uploadId, parseParts(body.toString()))
    return xmlAnswer(document('CompleteMultipartUploadResult', names + element('ETag', escapeXml(etag))))
  }
  throw new S3Failure(501, 'NotImplemented', `${method} of an object with ${query}`)
}

function parseParts(xml: string): { number: number; etag: string }[] {
  return contentsOf(xml, 'Part').map((part) => ({
    number: Number(contentsOf(part, 'PartNumber')[0]),
    etag: unescapeXml(contentsOf(part, 'ETag')[0] ?? ''),
  }))
}

function objectAnswer(bucket: S3Bucket, { key, headers }: S3Request): S3Answer {
  const { body, etag, modified } = bucket.get(key)
  const range = parseRange(headers.range, body.length)
  const common = {
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
    etag,
    'last-modified': modified.toUTCString(),
  }
  if (range === undefined) return { status: 200, headers: common, body }
  const contentRange = `bytes ${range.start}-${range.end - 1}/${body.length}`
  return {
    status: 206,
    headers: { ...common, 'content-range': contentRange },
    body: body.subarray(range.start, range.end),
  }
}

/** A header that is no range of bytes is ignored, as RFC 9110 has it. */
function parseRange(header: string | undefined, size: number): { start: number; end: number } | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? []
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size : Math.min(Number(last) + 1, size)
  if (start >= size) throw new S3Failure(416, 'InvalidRange', 'The requested range is not satisfiable')
  return end > start ? { start, end } : undefined
}

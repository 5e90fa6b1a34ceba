import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { crc32 } from 'node:zlib'
import { S3Failure } from './s3-failure.ts'

/** Reads a request's body and holds it to the lengths and checksums that its headers announce. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const raw = Buffer.concat(chunks)
  const announced = request.headers['content-length']
  if (announced !== undefined && Number(announced) !== raw.byteLength) {
    throw new S3Failure(400, 'IncompleteBody', `expected ${announced} bytes, got ${raw.byteLength}`)
  }
  const sha256 = String(request.headers['x-amz-content-sha256'] ?? '')
  const isChunked = sha256.startsWith('STREAMING-')
  const { body, trailers } = isChunked ? decodeChunks(raw) : { body: raw, trailers: {} }
  const decodedLength = request.headers['x-amz-decoded-content-length']
  if (decodedLength !== undefined && Number(decodedLength) !== body.byteLength) {
    throw new S3Failure(400, 'IncompleteBody', `expected ${decodedLength} decoded bytes, got ${body.byteLength}`)
  }
  if (/^[0-9a-f]{64}$/.test(sha256)) checkDigest('x-amz-content-sha256', sha256, digest(body, 'sha256', 'hex'))
  checkDigests(body, { ...request.headers, ...trailers })
  return body
}

function checkDigests(body: Buffer, headers: Readonly<Record<string, string | string[] | undefined>>): void {
  const expected: readonly [string, () => string][] = [
    ['content-md5', () => digest(body, 'md5', 'base64')],
    ['x-amz-checksum-sha256', () => digest(body, 'sha256', 'base64')],
    ['x-amz-checksum-sha1', () => digest(body, 'sha1', 'base64')],
    ['x-amz-checksum-crc32', () => crc32Base64(body)],
  ]
  for (const [name, compute] of expected) {
    const announced = headers[name]
    if (announced !== undefined) checkDigest(name, String(announced), compute())
  }
}

function checkDigest(name: string, announced: string, found: string): void {
  if (announced !== found) throw new S3Failure(400, 'BadDigest', `${name} is ${announced}, the body's is ${found}`)
}

function digest(body: Buffer, algorithm: string, encoding: 'hex' | 'base64'): string {
  return createHash(algorithm).update(body).digest(encoding)
}

function crc32Base64(body: Buffer): string {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc32(body))
  return bytes.toString('base64')
}

/** The `aws-chunked` encoding: size in hexadecimal, perhaps a signature, the bytes, …, a chunk of no size, trailers. */
function decodeChunks(raw: Buffer): { body: Buffer; trailers: Record<string, string> } {
  const parts: Buffer[] = []
  let position = 0
  while (true) {
    const lineEnd = raw.indexOf('\r\n', position)
    if (lineEnd < 0) throw new S3Failure(400, 'IncompleteBody', 'a chunk has no size')
    const size = Number.parseInt(raw.toString('latin1', position, lineEnd).split(';')[0]!, 16)
    if (!Number.isInteger(size)) throw new S3Failure(400, 'IncompleteBody', 'the size of a chunk is no number')
    position = lineEnd + 2
    if (size === 0) break
    if (position + size + 2 > raw.length) throw new S3Failure(400, 'IncompleteBody', 'a chunk ends early')
    parts.push(raw.subarray(position, position + size))
    position += size + 2
  }
  const lines = raw
    .toString('latin1', position)
    .split('\r\n')
    .filter((line) => line.includes(':'))
  const trailers = lines.map((line) => [
    line.slice(0, line.indexOf(':')).toLowerCase(),
    line.slice(line.indexOf(':') + 1),
  ])
  return { body: Buffer.concat(parts), trailers: Object.fromEntries(trailers) }
}

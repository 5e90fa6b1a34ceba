import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type S3Server, startS3Server } from './s3-server.ts'

const signed = { authorization: 'whoever' }

let server: S3Server

beforeAll(async () => {
  server = await startS3Server()
  await ask('PUT', '/bucket')
})

afterAll(async () => {
  await server.close()
})

test('a body in chunks with a checksum behind it, as SDKs send streams by default, is stored as it was', async () => {
  const client = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
  const body = Buffer.alloc(300_000, 'chunked ')
  const stream = Readable.from([body.subarray(0, 100_001), body.subarray(100_001)])

  await client.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'k', Body: stream, ContentLength: body.length }))

  const stored = await client.send(new GetObjectCommand({ Bucket: 'bucket', Key: 'k' }))
  expect(Buffer.compare(await stored.Body!.transformToByteArray(), body)).toBe(0)
  client.destroy()
})

test('a body that is not what its header announces is refused and not stored', async () => {
  const wrong = createHash('md5').update('something else').digest('base64')

  for (const headers of [{ 'content-md5': wrong }, { 'x-amz-checksum-crc32': 'AAAAAA==' }]) {
    const answer = await ask('PUT', '/bucket/wrong', headers, 'this')
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('<Code>BadDigest</Code>')
  }

  expect((await ask('GET', '/bucket/wrong')).status).toBe(404)
})

test.each([
  ['bytes=0-0', 206, 'a', 'bytes 0-0/6'],
  ['bytes=2-', 206, 'cdef', 'bytes 2-5/6'],
  ['bytes=-2', 206, 'ef', 'bytes 4-5/6'],
  ['bytes=4-99', 206, 'ef', 'bytes 4-5/6'],
  ['bytes=5-2', 200, 'abcdef', null],
  ['lines=1-2', 200, 'abcdef', null],
  ['bytes=6-7', 416, undefined, null],
])('range %s is answered %i', async (range, status, text, contentRange) => {
  await ask('PUT', '/bucket/abc', {}, 'abcdef')

  const answer = await ask('GET', '/bucket/abc', { range })

  expect(answer.status).toBe(status)
  expect(answer.headers.get('content-range')).toBe(contentRange)
  const body = await answer.text()
  if (text !== undefined) expect(body).toBe(text)
})

test('a list says whether there is more and where to go on', async () => {
  await ask('PUT', '/lists')
  for (const key of ['a', 'b', 'c']) await ask('PUT', `/lists/${key}`, {}, 'x')

  const first = await (await ask('GET', '/lists?list-type=2&max-keys=2')).text()
  const token = /<NextContinuationToken>(.*?)</.exec(first)?.[1]
  const second = await (await ask('GET', `/lists?list-type=2&max-keys=2&continuation-token=${token}`)).text()

  expect(Array.from(first.matchAll(/<Key>(.*?)</g), ([, key]) => key)).toEqual(['a', 'b'])
  expect(first).toContain('<IsTruncated>true<')
  expect(Array.from(second.matchAll(/<Key>(.*?)</g), ([, key]) => key)).toEqual(['c'])
  expect(second).toContain('<IsTruncated>false<')
})

test('what is not signed, not there or not done here is answered as S3 would', async () => {
  expect((await fetch(`${server.endpoint}/bucket/k`)).status).toBe(403)
  expect(await (await ask('GET', '/nobody/k')).text()).toContain('<Code>NoSuchBucket</Code>')
  expect((await ask('PUT', '/bucket')).status).toBe(409)
  expect((await ask('POST', '/bucket/k?tagging')).status).toBe(501)
  expect((await ask('POST', '/bucket?delete', {}, '<Delete><Object><Key>k</Key></Object></Delete>')).status).toBe(400)
})

test('a network far away is as slow as it is said to be, each stream by itself', async () => {
  const far = await startS3Server({ network: { firstByteMs: 60, putMs: 100, mibPerSecond: 20 } })
  const timed = async (...[method, path, headers, body]: Parameters<typeof ask>) => {
    const start = performance.now()
    await (await ask(method, far.endpoint + path, headers, body)).arrayBuffer()
    return performance.now() - start
  }
  await timed('PUT', '/bucket')

  expect(await timed('PUT', '/bucket/k', {}, 'x'.repeat(2 * 1_048_576))).toBeGreaterThanOrEqual(99)
  const [one, other] = await Promise.all([timed('GET', '/bucket/k'), timed('GET', '/bucket/k')])

  // 60 ms, then 2 MiB at 20 MiB/s.
  expect(one).toBeGreaterThanOrEqual(155)
  expect(other).toBeGreaterThanOrEqual(155)
  await far.close()
})

function ask(method: string, path: string, headers: Record<string, string> = {}, body?: string): Promise<Response> {
  const url = path.startsWith('http') ? path : server.endpoint + path
  return fetch(url, { method, headers: { ...signed, ...headers }, ...(body === undefined ? {} : { body }) })
}

import type { ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { NotFoundError, UnavailableError } from '../../core/errors.ts'
import { S3ObjectStore } from '../../core/storage/s3-object-store.ts'
import { S3Failure } from '../servers/s3-failure.ts'
import { type S3Server, type S3ServerOptions, startS3Server } from '../servers/s3-server.ts'

type Intercept = NonNullable<S3ServerOptions['intercept']>

let server: S3Server
let store: S3ObjectStore

afterEach(async () => {
  store.close()
  await server.close()
})

test('a throttled request is tried again', async () => {
  let failures = 2
  await setUp((request) => {
    if (request.method === 'GET' && failures-- > 0) throw new S3Failure(503, 'SlowDown', 'reduce your request rate')
    return undefined
  })
  await store.put('k', new Uint8Array([1, 2, 3]))

  expect(await store.get('k')).toEqual(new Uint8Array([1, 2, 3]))
})

test.each([
  [500, 'InternalError', 'storage_unavailable'],
  [403, 'AccessDenied', 'storage_refused'],
  [403, 'InvalidAccessKeyId', 'storage_refused'],
])('%i %s for good is an UnavailableError', async (status, code, ours) => {
  await setUp((request) => {
    if (request.method === 'GET') throw new S3Failure(status, code, 'as the test wants')
    return undefined
  })

  const failure = await store.get('k').catch((error: unknown) => error)

  expect(failure).toBeInstanceOf(UnavailableError)
  expect(failure).toMatchObject({ code: ours, message: expect.stringContaining('s3://bucket/k') })
})

test('a bucket that is not there is no missing object', async () => {
  await setUp(() => undefined)
  const other = new S3ObjectStore({ bucket: 'nobody-made-it', endpoint: server.endpoint, credentials })

  const failure = await other.get('k').catch((error: unknown) => error)

  expect(failure).not.toBeInstanceOf(NotFoundError)
  expect(failure).toMatchObject({ code: 'storage_refused' })
})

test('a server that is not there is an UnavailableError', async () => {
  await setUp(() => undefined)
  await server.close()

  await expect(store.put('k', new Uint8Array(1))).rejects.toMatchObject({ code: 'storage_unavailable' })
  await expect(store.get('k')).rejects.toMatchObject({ code: 'storage_unavailable' })
})

test('an answer that breaks off in its middle is asked for again', async () => {
  let cuts = 2
  await setUp((request, response) => {
    if (request.method === 'GET' && cuts-- > 0) cutShort(response, 500_000)
    return undefined
  })
  const body = new Uint8Array(1_000_000).fill(5)
  await store.put('k', body)

  expect(Buffer.compare(await store.get('k'), body)).toBe(0)
  expect(cuts).toBeLessThan(1)
})

test('an answer that always breaks off is an UnavailableError, never half an object', async () => {
  await setUp((request, response) => {
    if (request.method === 'GET') cutShort(response, 500_000)
    return undefined
  })
  await store.put('k', new Uint8Array(1_000_000))

  await expect(store.get('k')).rejects.toBeInstanceOf(UnavailableError)
})

test('an upload completed by a request whose reply was lost is an object', async () => {
  let losses = 1
  await setUp((request, response) => {
    const completes = request.method === 'POST' && request.url?.includes('uploadId=')
    if (completes && losses-- > 0) loseReply(response)
    return undefined
  })

  expect(await store.putStream('k', chunks(20))).toBe(20 * 1_048_576)

  expect(await store.get('k')).toHaveLength(20 * 1_048_576)
  // The SDK asked a second time.
  expect(losses).toBeLessThan(0)
})

test('a part that cannot be uploaded fails the upload and aborts it', async () => {
  await setUp((request) => {
    if (request.url?.includes('partNumber=2')) throw new S3Failure(403, 'AccessDenied', 'not this one')
    return undefined
  })

  await expect(store.putStream('k', chunks(40))).rejects.toMatchObject({ code: 'storage_refused' })

  expect(server.uploadCount()).toBe(0)
  await expect(store.get('k')).rejects.toBeInstanceOf(NotFoundError)
})

test('at most four parts and one more are in memory at once', async () => {
  let taken = 0
  let uploaded = 0
  let ahead = 0
  await setUp((request, response) => {
    if (request.url?.includes('partNumber=')) response.on('finish', () => uploaded++)
    return undefined
  })
  const counted = async function* () {
    for await (const chunk of chunks(64)) {
      taken++
      ahead = Math.max(ahead, taken - uploaded * 8)
      yield chunk
    }
  }

  await store.putStream('k', counted())

  // Chunks of a mebibyte; a part is eight of them.
  expect(ahead).toBeLessThanOrEqual(6 * 8)
})

test('objects that the service did not delete are named', async () => {
  await setUp((request, response) => {
    if (!request.url?.includes('delete')) return undefined
    const xml =
      '<DeleteResult><Error><Key>k2</Key><Code>InternalError</Code><Message>later</Message></Error></DeleteResult>'
    response.writeHead(200, { 'content-type': 'application/xml' }).end(xml)
    return 'answered'
  })

  await expect(store.delete(['k1', 'k2'])).rejects.toThrow('did not delete 1 of 2 objects, the first k2: InternalError')
})

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }

async function setUp(intercept: Intercept): Promise<void> {
  server = await startS3Server({ intercept })
  store = new S3ObjectStore({ bucket: 'bucket', endpoint: server.endpoint, credentials })
  await store.createBucket()
}

async function* chunks(mebibytes: number): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < mebibytes; i++) yield new Uint8Array(1_048_576).fill(i)
}

/** Closes the connection after so many bytes of the body. */
function cutShort(response: ServerResponse, byteSize: number): void {
  const write = response.write.bind(response)
  response.write = ((chunk: Uint8Array) => {
    write(chunk.subarray(0, byteSize), () => response.destroy())
    return true
  }) as typeof response.write
  response.end = (() => response) as typeof response.end
}

/** Lets the server do its work and closes the connection instead of answering. */
function loseReply(response: ServerResponse): void {
  response.writeHead = (() => {
    response.destroy()
    return response
  }) as typeof response.writeHead
  response.write = (() => true) as typeof response.write
}

import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Listening, listen } from '../../cli/commands/listen.ts'
import { openRemoteEngine } from '../../core/client/remote-engine.ts'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { createApp } from '../../core/http/create-app.ts'
import { assembleEngine } from '../../core/open/assemble-engine.ts'
import { FREE } from '../../core/storage/prices.ts'
import { S3ObjectStore } from '../../core/storage/s3-object-store.ts'
import { openMemoryEngine } from '../engine/memory-engine.ts'
import { type S3Server, startS3Server } from '../servers/s3-server.ts'
import { type Api, type Call, caller, expectError, idsOf, newName } from './api/client.ts'

const SENT_BYTES_MAX = 2_000

describe('a batch that is uploaded past the server', () => {
  let s3: S3Server
  let engine: Engine
  let server: Listening
  const call: Call = (...request) =>
    caller((): Api => ({ fetch: (path, init) => fetch(server.address + path, init), close: async () => {} }))(
      ...request,
    )

  beforeAll(async () => {
    s3 = await startS3Server()
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    const store = new S3ObjectStore({ bucket: 'books', endpoint: s3.endpoint, credentials })
    await store.createBucket()
    const places = {
      store,
      uploads: store,
      coordination: new MemoryCoordination(),
      prices: FREE,
      close: async () => {},
    }
    engine = assembleEngine(places, { workerCount: 0 })
    const bodyLimits = { sentBytesMax: SENT_BYTES_MAX, instead: 'upload it: POST /collections/…/uploads' }
    server = await listen(createApp(engine, { bodyLimits }).fetch, { host: '127.0.0.1', port: 0 })
  })

  afterAll(async () => {
    await server.close()
    await engine.close()
    await s3.close()
  })

  async function upload(name: string, body: Uint8Array | string, format?: string): Promise<string> {
    const bytes = Math.min(Buffer.byteLength(body), 32 * 1024 * 1024)
    const { status, body: ticket } = await call('POST', `/collections/${name}/uploads`, { format, bytes })
    expect(status, JSON.stringify(ticket)).toBe(200)
    expect(ticket.maximum_bytes).toBe(32 * 1024 * 1024)
    expect(Date.parse(ticket.expires_at)).toBeGreaterThan(Date.now())
    const put = await fetch(ticket.url, { method: 'PUT', body } as RequestInit)
    expect(put.status, await put.text()).toBe(200)
    return ticket.upload
  }

  const write = (name: string, upload: string) => call('POST', `/collections/${name}/documents`, { upload })

  test.each([
    ['ndjson', '{"id":"a","title":"sea"}\n\n{"id":"b","title":"see"}\nno json\n', { indexed: 2, failed: 1 }],
    ['json', '{"documents":[{"id":"a","title":"sea"},{"id":"b","title":"see"}]}', { indexed: 2, failed: 0 }],
  ])('is written by its name as %s, plain and gzipped', async (format, text, expected) => {
    for (const body of [text, gzipSync(text)]) {
      const name = newName()

      const answer = await write(name, await upload(name, body, format))

      expect(answer.body).toMatchObject(expected)
      expect(await idsOf(call, name, { query: 'sea' })).toEqual(['a'])
    }
  })

  test('may be larger than a request', async () => {
    const name = newName()
    const documents = Array.from({ length: 500 }, (_, i) => ({ id: `d${i}`, title: `book number ${i}` }))
    const text = documents.map((one) => JSON.stringify(one)).join('\n')

    const refused = await call('POST', `/collections/${name}/documents`, { documents })
    const answer = await write(name, await upload(name, text))

    expectError(refused, 413, 'body_too_large', /2000 bytes at most; upload it/)
    expect(answer.body).toMatchObject({ indexed: 500, failed: 0 })
  })

  test('makes the same ids when it is written twice', async () => {
    const name = newName()
    const uploaded = await upload(name, '{"title":"sea"}\n{"title":"see"}')

    await write(name, uploaded)
    const again = await write(name, uploaded)

    expect(again.body).toMatchObject({ indexed: 2 })
    expect(await idsOf(call, name, {})).toHaveLength(2)
  })

  test('is found by its own collection only, and only once it is there', async () => {
    const name = newName()
    const uploaded = await upload(name, '{"title":"sea"}')
    const { body: ticket } = await call('POST', `/collections/${name}/uploads`, { bytes: 1 })

    expectError(await write(newName(), uploaded), 404, 'upload_not_found')
    expectError(await write(name, ticket.upload), 404, 'upload_not_found', 'ask POST …/uploads for a new address')
    expectError(
      await write(name, '../../c/secret'),
      400,
      'invalid_upload',
      'expected the name that POST …/uploads answered',
    )
    expectError(
      await call('POST', `/collections/${name}/uploads`, { format: 'csv', bytes: 1 }),
      400,
      'invalid_request',
      /ndjson/,
    )
  })

  test('is refused when it is over the limit, packed or unpacked', async () => {
    const name = newName()
    const large = Buffer.alloc(32 * 1024 * 1024 + 1, 0x20)

    expectError(await write(name, await upload(name, large)), 413, 'body_too_large')
    expectError(await write(name, await upload(name, gzipSync(large))), 413, 'body_too_large')
  })

  test('has an address for just as many bytes as it has, of a collection that is there', async () => {
    const name = newName()
    const { body } = await call('POST', `/collections/${name}/uploads`, { bytes: 100 })
    const found = new URL(body.url)

    expect(found.searchParams.get('X-Amz-SignedHeaders')?.split(';')).toContain('content-length')
    expect((await call('GET', `/collections/${name}`)).status).toBe(200)
    expectError(await call('POST', `/collections/${name}/uploads`), 400, 'invalid_request')
    expectError(await call('POST', `/collections/${name}/uploads`, { bytes: 0 }), 400, 'invalid_request', /bytes/)
    const tooMany = await call('POST', `/collections/${name}/uploads`, { bytes: 32 * 1024 * 1024 + 1 })
    expectError(tooMany, 413, 'body_too_large', /33554432/)
  })

  test('is what an engine behind the server makes of a batch that is too large for a request', async () => {
    const name = newName()
    const remote = openRemoteEngine({ url: server.address })
    const documents = Array.from({ length: 300 }, (_, i) => ({ id: `d${i}`, title: `book number ${i}` }))

    expect(await remote.writeDocuments(name, documents)).toMatchObject({ indexed: 300, failed: 0 })
    expect(await remote.writeDocuments(name, documents)).toMatchObject({ indexed: 300, failed: 0 })
    expect(await remote.count(name, {})).toMatchObject({ count: 300 })
  })

  test('keeps what a batch says besides its documents, be it all or nothing or a list of operations', async () => {
    const name = newName()
    const remote = openRemoteEngine({ url: server.address })
    const documents = Array.from({ length: 300 }, (_, i) => ({ id: `d${i}`, title: `book number ${i}` }))
    const conflicting = [...documents.map((put) => ({ put })), { put: { id: 'd0' }, if_absent: true as const }]

    expect(await remote.writeDocuments(name, documents, { atomic: true })).toMatchObject({ indexed: 300, failed: 0 })
    expect(await remote.writeOperations(name, conflicting)).toMatchObject({ failed: 1 })
    await expect(remote.writeOperations(name, conflicting, { atomic: true })).rejects.toMatchObject({
      code: 'version_conflict',
    })
  })
})

test('where there is no bucket, uploads are refused with what to do instead', async () => {
  const engine = openMemoryEngine()
  const app = createApp(engine)
  const call = caller(() => ({ fetch: async (path, init) => app.request(path, init), close: async () => {} }))

  expectError(await call('POST', '/collections/books/uploads', { bytes: 1 }), 400, 'not_supported', /several batches/)
  await engine.close()
})

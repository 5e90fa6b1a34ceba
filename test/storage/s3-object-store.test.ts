import { afterAll, beforeAll, expect, test } from 'vitest'
import { S3ObjectStore } from '../../core/storage/s3-object-store.ts'
import { describeObjectStore } from '../contract/object-store.contract.ts'
import { type S3Server, startS3Server } from '../servers/s3-server.ts'

let server: S3Server
let bucketCount = 0

beforeAll(async () => {
  server = await startS3Server()
})

afterAll(async () => {
  await server.close()
})

describeObjectStore('S3 on the test server', () => openStore())
describeObjectStore('S3 below a prefix', () => openStore('deployments/one '), {
  keysNotHeld: ['z'.repeat(1_024), '\u00e9'.repeat(512), `long/${'x'.repeat(600)}/${'y'.repeat(400)}`],
})

test('uploads that broke off are aborted', async () => {
  expect(server.uploadCount()).toBe(0)
})

async function openStore(prefix?: string): Promise<S3ObjectStore> {
  const store = new S3ObjectStore({
    bucket: `bucket-${bucketCount++}`,
    endpoint: server.endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    ...(prefix === undefined ? {} : { prefix }),
  })
  await store.createBucket()
  return store
}

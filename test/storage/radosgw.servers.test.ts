import { afterAll, beforeAll, expect, test } from 'vitest'
import { S3ObjectStore } from '../../core/storage/s3-object-store.ts'
import { describeObjectStore } from '../contract/object-store.contract.ts'
import { type Radosgw, startRadosgw } from '../servers/radosgw.ts'

let radosgw: Radosgw
let bucketCount = 0

beforeAll(async () => {
  radosgw = await startRadosgw()
})

afterAll(async () => {
  await radosgw?.stop()
})

// The small S3 server that the fast tests use is held to this real one by the same suite.
describeObjectStore('S3 on radosgw', async () => {
  const { endpoint, credentials } = radosgw
  const store = new S3ObjectStore({ bucket: `bucket-${bucketCount++}`, endpoint, credentials })
  await store.createBucket()
  return store
})

test('an address for an upload takes just as many bytes as it was made for', async () => {
  const { endpoint, credentials } = radosgw
  const store = new S3ObjectStore({ bucket: 'uploads', endpoint, credentials })
  await store.createBucket()
  const address = await store.presignPut('uploads/books/a.json', 5, 60)
  const put = async (body: string) => (await fetch(address, { method: 'PUT', body })).status

  expect(await put('123456')).toBe(403)
  expect(await put('1234')).toBe(403)
  expect(await put('12345')).toBe(200)
  expect(Buffer.from(await store.get('uploads/books/a.json')).toString()).toBe('12345')
  store.close()
})

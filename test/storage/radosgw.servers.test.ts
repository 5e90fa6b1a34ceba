import { afterAll, beforeAll } from 'vitest'
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

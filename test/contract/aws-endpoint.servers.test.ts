import { randomBytes } from 'node:crypto'
import { describe, test } from 'vitest'
import { DynamoCoordination } from '../../core/coordination/dynamo-coordination.ts'
import { S3ObjectStore } from '../../core/storage/s3-object-store.ts'
import { describeCoordination } from './coordination.contract.ts'
import { describeObjectStore } from './object-store.contract.ts'

// Runs the contract suites on the emulator that AWS_ENDPOINT_URL names, such as LocalStack.
const endpoint = process.env.AWS_ENDPOINT_URL
const run = randomBytes(4).toString('hex')
let count = 0

if (endpoint === undefined) {
  describe('the emulator that AWS_ENDPOINT_URL names', () => {
    test.skip('NOT RUN: AWS_ENDPOINT_URL is not set; `npm run test:localstack` sets it')
  })
} else {
  describeObjectStore(`S3 at ${endpoint}`, async () => {
    const store = new S3ObjectStore({ bucket: `prism-${run}-${count++}`, endpoint, credentials: credentials() })
    await store.createBucket()
    return store
  })

  describeCoordination(`DynamoDB at ${endpoint}`, async () => {
    const options = { table: `prism-${run}-${count++}`, endpoint, credentials: credentials() }
    const coordination = new DynamoCoordination(options)
    await coordination.createTable()
    return coordination
  })
}

function credentials(): { accessKeyId: string; secretAccessKey: string } {
  const { AWS_ACCESS_KEY_ID = 'test', AWS_SECRET_ACCESS_KEY = 'test' } = process.env
  return { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY }
}

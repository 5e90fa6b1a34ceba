import { beforeAll, expect, test } from 'vitest'
import { all, inputsOf, type Plan, planDeployment } from './plan.ts'
import { statementsOf } from './policies.ts'

const BUCKET = 'aws:s3/bucket:Bucket'
const TABLE = 'aws:dynamodb/table:Table'

let production: Plan
let stage: Plan

beforeAll(async () => {
  ;[production, stage] = await Promise.all([planDeployment('production'), planDeployment('trial')])
}, 500_000)

test('one bucket and one table exist, and the outputs are their names and the address', () => {
  expect(all(production, BUCKET)).toHaveLength(1)
  expect(all(production, TABLE)).toHaveLength(1)
  expect(production.outputs).toEqual({
    url: 'https://GatewayApi.execute-api.example',
    stream_url: 'https://ApiStreamUrl.lambda-url.example/',
    bucket: 'ObjectsBucket',
    table: 'RowsTable',
  })
})

test('the bucket blocks every kind of public access', () => {
  expect(ofBucket('PublicAccessBlock', 'ObjectsPublicAccessBlock')).toEqual({
    bucket: 'ObjectsBucket',
    blockPublicAcls: true,
    blockPublicPolicy: true,
    ignorePublicAcls: true,
    restrictPublicBuckets: true,
  })
})

test('the policy of the bucket only refuses requests without TLS', () => {
  const { policy } = ofBucket('Policy', 'ObjectsPolicy')

  expect(statementsOf(policy as string)).toEqual([
    {
      Effect: 'Deny',
      Principal: [{ type: '*', identifiers: ['*'] }],
      Action: ['s3:*'],
      Resource: ['arn:aws:s3:::ObjectsBucket', 'arn:aws:s3:::ObjectsBucket/*'],
      Condition: [{ test: 'Bool', variable: 'aws:SecureTransport', values: ['false'] }],
    },
  ])
})

test('objects are encrypted', () => {
  expect(ofBucket('ServerSideEncryptionConfiguration', 'ObjectsEncryption')).toEqual({
    bucket: 'ObjectsBucket',
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
  })
})

test('incomplete uploads are aborted and uploaded batches expire after a day; nothing else expires', () => {
  const { bucket, rules } = ofBucket('LifecycleConfiguration', 'ObjectsLifecycle')

  expect(bucket).toBe('ObjectsBucket')
  expect(rules).toEqual([
    {
      id: 'abort-incomplete-uploads',
      status: 'Enabled',
      filter: { prefix: '' },
      abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
    },
    { id: 'expire-uploads', status: 'Enabled', filter: { prefix: 'uploads/' }, expiration: { days: 1 } },
  ])
})

test('pages may only put to the bucket, and only those of the origins that the settings name', async () => {
  const named = await planDeployment('production', { PRISM_CORS: 'https://app.example' })
  const rules = 'aws:s3/bucketCorsConfiguration:BucketCorsConfiguration'

  expect(all(production, rules)).toEqual([])
  expect(all(named, rules).map(({ inputs }) => inputs.corsRules)).toMatchObject([
    [{ allowedMethods: ['PUT'], allowedOrigins: ['https://app.example'] }],
  ])
  expect(retained(named)).toEqual([...retained(production), 'ObjectsCors'].sort())
})

test('the table has string keys, is billed on demand and supports point-in-time recovery', () => {
  expect(inputsOf(production, TABLE, 'RowsTable')).toMatchObject({
    attributes: [
      { name: 'pk', type: 'S' },
      { name: 'sk', type: 'S' },
    ],
    hashKey: 'pk',
    rangeKey: 'sk',
    billingMode: 'PAY_PER_REQUEST',
    pointInTimeRecovery: { enabled: true },
    streamEnabled: false,
  })
})

test('production is protected from removal, which would keep its data and their protection', () => {
  expect(production.app).toMatchObject({ removal: 'retain', protect: true })
  expect(inputsOf(production, BUCKET, 'ObjectsBucket').forceDestroy).toBe(false)
  expect(inputsOf(production, TABLE, 'RowsTable').deletionProtectionEnabled).toBe(true)
  expect(retained(production)).toEqual([
    'ObjectsBucket',
    'ObjectsEncryption',
    'ObjectsLifecycle',
    'ObjectsPolicy',
    'ObjectsPublicAccessBlock',
    'RowsTable',
  ])
})

test('the removal of any other stage deletes everything', () => {
  expect(stage.app).toMatchObject({ removal: 'remove', protect: false })
  expect(inputsOf(stage, BUCKET, 'ObjectsBucket').forceDestroy).toBe(true)
  expect(inputsOf(stage, TABLE, 'RowsTable').deletionProtectionEnabled).toBe(false)
  expect(retained(stage)).toEqual([])
})

function ofBucket(kind: string, name: string): Readonly<Record<string, unknown>> {
  return inputsOf(production, `aws:s3/bucket${kind}:Bucket${kind}`, name)
}

function retained(plan: Plan): string[] {
  return plan.resources
    .filter(({ type, isRetained }) => type.startsWith('aws:') && isRetained)
    .map(({ name }) => name)
    .sort()
}

import { uploadCors } from './cors.ts'
import { settings } from './settings.ts'

/**
 * Retains everything that protects production data along with the data. SST alone would retain only bucket and table.
 */
const options = { retainOnDelete: settings.isProduction }

/** Holds all segments and manifests. Private: SST blocks all public access by default. */
export const bucket = new sst.aws.Bucket(
  'Objects',
  {
    enforceHttps: true,
    cors: uploadCors,
    transform: { bucket: { forceDestroy: !settings.isProduction } },
  },
  options,
)

// AWS encrypts new objects by default. This makes the encryption explicit, and a deployment reverts manual changes.
new aws.s3.BucketServerSideEncryptionConfiguration(
  'ObjectsEncryption',
  {
    bucket: bucket.name,
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
  },
  options,
)

// Not the `lifecycle` of the bucket component: SST's rules cannot abort uploads.
new aws.s3.BucketLifecycleConfiguration(
  'ObjectsLifecycle',
  {
    bucket: bucket.name,
    rules: [
      {
        // Parts of an incomplete upload are billed, and garbage collection cannot see them.
        id: 'abort-incomplete-uploads',
        status: 'Enabled',
        filter: { prefix: '' },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
      },
      {
        // Batches that clients upload to a presigned URL are read within minutes, or never.
        id: 'expire-uploads',
        status: 'Enabled',
        filter: { prefix: 'uploads/' },
        expiration: { days: 1 },
      },
    ],
  },
  options,
)

/** Names, schemas and heads: a few small rows. SST's table is billed on demand and can be restored for 35 days. */
export const table = new sst.aws.Dynamo(
  'Rows',
  {
    fields: { pk: 'string', sk: 'string' },
    primaryIndex: { hashKey: 'pk', rangeKey: 'sk' },
    deletionProtection: settings.isProduction,
  },
  options,
)

/**
 * Gives functions the names of bucket and table as `Resource.Storage`, but no permissions.
 *
 * Links to the bucket and the table themselves would grant `s3:*` and `dynamodb:*`: see permissions.ts.
 */
export const storage = new sst.Linkable('Storage', { properties: { bucket: bucket.name, table: table.name } })

import { settings } from './settings.ts'

/** With the data of production stays all that guards them: SST by itself would retain bucket and table only. */
const options = { retainOnDelete: settings.isProduction }

/** Where every segment and manifest lies. It is private: SST blocks all public access by default. */
export const bucket = new sst.aws.Bucket(
  'Objects',
  {
    enforceHttps: true,
    // For browsers that put to a presigned upload URL. CORS grants nothing: the signature in the URL does.
    cors: { allowMethods: ['PUT'] },
    transform: { bucket: { forceDestroy: !settings.isProduction } },
  },
  options,
)

// AWS encrypts new objects anyway; said here, nobody has to know that, and a change by hand is put right.
new aws.s3.BucketServerSideEncryptionConfiguration(
  'ObjectsEncryption',
  {
    bucket: bucket.name,
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: 'AES256' } }],
  },
  options,
)

// Not by the bucket's own `lifecycle`: SST's rules cannot abort uploads.
new aws.s3.BucketLifecycleConfiguration(
  'ObjectsLifecycle',
  {
    bucket: bucket.name,
    rules: [
      {
        // Parts of an upload that was never completed are invisible to garbage collection, and billed.
        id: 'abort-incomplete-uploads',
        status: 'Enabled',
        filter: { prefix: '' },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 1 },
      },
      {
        // Batches that clients put by presigned URL are read within minutes, or never.
        id: 'expire-uploads',
        status: 'Enabled',
        filter: { prefix: 'uploads/' },
        expiration: { days: 1 },
      },
    ],
  },
  options,
)

/** Names, schemas and heads: a few small rows. SST bills them on demand and keeps 35 days of point-in-time recovery. */
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
 * Tells functions where the data are, as `Resource.Storage`, and grants nothing.
 *
 * Linking bucket and table themselves would grant `s3:*` and `dynamodb:*`; see permissions.ts.
 */
export const storage = new sst.Linkable('Storage', { properties: { bucket: bucket.name, table: table.name } })

import { bucket, table } from './storage.ts'

const everyObject = $interpolate`${bucket.arn}/*`

// Without this, S3 answers 403 for a missing object, and a search cannot tell a collected segment from a refusal.
const listBucket = { actions: ['s3:ListBucket'], resources: [bucket.arn] }

const readAndWrite = { actions: ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'], resources: [everyObject] }

const readWriteAndDelete = { actions: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], resources: [everyObject] }

const changeRows = {
  actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
  resources: [table.arn],
}

/**
 * The permissions of each function. Only garbage collection deletes objects; no function changes the bucket or the
 * table.
 */
export const permissions = {
  api: [readAndWrite, listBucket, changeRows],
  /** A leaf reads segments that the root names, so it needs neither the table nor other keys. */
  leaf: [{ actions: ['s3:GetObject'], resources: [$interpolate`${bucket.arn}/c/*`] }, listBucket],
  compact: [readAndWrite, listBucket, changeRows],
  collectGarbage: [readWriteAndDelete, listBucket, changeRows],
} satisfies Record<string, sst.aws.FunctionPermissionArgs[]>

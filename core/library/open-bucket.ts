import { DynamoCoordination } from '../coordination/dynamo-coordination.ts'
import type { Engine } from '../engine/engine.ts'
import { AWS_US_EAST_1 } from '../storage/prices.ts'
import { S3ObjectStore } from '../storage/s3-object-store.ts'
import { type AssemblySettings, assembleEngine } from './assemble-engine.ts'

export type BucketOptions = {
  readonly bucket: string
  readonly table: string
  /** Begins every key, so that several deployments can share a bucket. */
  readonly prefix?: string
  readonly region?: string
  /** Of an S3 and DynamoDB that are not Amazon's own. */
  readonly endpoint?: string
}

/** Opens an engine whose files are in a bucket and whose rows are in a table. Credentials are found as AWS's tools find them. */
export async function openBucket(options: BucketOptions & AssemblySettings): Promise<Engine> {
  const { bucket, table, prefix, region, endpoint, ...settings } = options
  const access = { ...(region !== undefined && { region }), ...(endpoint !== undefined && { endpoint }) }
  const place = { bucket, ...(prefix !== undefined && { prefix }), ...access }
  const store = new S3ObjectStore(place)
  const coordination = new DynamoCoordination({ table, ...access })
  const description = { kind: 's3', options: place } as const
  return assembleEngine({ store, coordination, prices: AWS_US_EAST_1, description }, settings)
}

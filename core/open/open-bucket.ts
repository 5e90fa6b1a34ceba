import { DynamoCoordination } from '../coordination/dynamo-coordination.ts'
import type { Engine } from '../engine/engine.ts'
import type { DiskCache } from '../storage/disk/disk-cache.ts'
import { AWS_US_EAST_1 } from '../storage/prices.ts'
import { S3ObjectStore } from '../storage/s3-object-store.ts'
import { type AssemblySettings, assembleEngine, type ProcessComponents } from './assemble-engine.ts'

/** Where a deployment has its data, and how this process uses them. */
export type BucketOptions = {
  readonly bucket: string
  readonly table: string
  /** Prefix of every key, so that several deployments can share a bucket. Default: none. */
  readonly prefix?: string
  readonly region?: string
  /** URL of an S3 and a DynamoDB that are not Amazon's own. */
  readonly endpoint?: string
  /** Whether the bucket's name is in the path instead of the host. Default: only with an endpoint. */
  readonly pathStyle?: boolean
  /** Creates the table and the bucket if they are missing. Default: false. */
  readonly create?: boolean
}

/** Components that the process gives to an engine over a bucket. */
type BucketComponents = ProcessComponents & {
  /** Opens a second cache below the one in memory. Called last, so that a failed opening leaves no cache open. */
  readonly openCache?: () => DiskCache | undefined
}

/**
 * Opens an engine whose files are in a bucket and whose rows are in a table. Uses the same sources of credentials as AWS's
 * tools. Closing the engine also closes the second cache.
 */
export async function openBucket(
  options: BucketOptions & AssemblySettings,
  { openCache, ...process }: BucketComponents = {},
): Promise<Engine> {
  const { bucket, table, prefix, region, endpoint, pathStyle, create, ...settings } = options
  const access = { ...(region !== undefined && { region }), ...(endpoint !== undefined && { endpoint }) }
  const place = {
    bucket,
    ...(prefix !== undefined && { prefix }),
    ...(pathStyle !== undefined && { pathStyle }),
    ...access,
  }
  const store = new S3ObjectStore(place, process.timeLimit)
  const coordination = new DynamoCoordination({ table, ...access }, process.timeLimit)
  if (create) await Promise.all([store.createBucket(), coordination.createTable()])
  const secondLevel = openCache?.()
  const close = async (): Promise<void> => {
    await secondLevel?.close()
    await coordination.close()
    store.close()
  }
  const description = { kind: 's3', options: place } as const
  const places = {
    store,
    uploads: store,
    coordination,
    prices: AWS_US_EAST_1,
    description,
    close,
    ...(secondLevel && { secondLevel, settle: () => secondLevel.settle() }),
  }
  return assembleEngine(places, settings, process)
}

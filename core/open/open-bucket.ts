import { DynamoCoordination } from '../coordination/dynamo-coordination.ts'
import type { Engine } from '../engine/engine.ts'
import { DiskCache } from '../storage/disk/disk-cache.ts'
import { AWS_US_EAST_1 } from '../storage/prices.ts'
import { S3ObjectStore } from '../storage/s3-object-store.ts'
import { type AssemblySettings, assembleEngine, type ProcessComponents } from './assemble-engine.ts'

/** Disk for what memory has no room for, unless the opener says. */
const CACHE_FOLDER_BYTES_DEFAULT = 10 * 1024 * 1024 * 1024

/** Where a deployment has its data, and how this process uses them. */
export type BucketOptions = {
  readonly bucket: string
  readonly table: string
  /** Begins every key, so that several deployments can share a bucket. */
  readonly prefix?: string
  readonly region?: string
  /** Of an S3 and DynamoDB that are not Amazon's own. */
  readonly endpoint?: string
  /** Puts the bucket's name into the path, not the host. Default: just with an endpoint. */
  readonly pathStyle?: boolean
  /** Makes the table and the bucket if they are missing. */
  readonly create?: boolean
  /** A folder for what memory has no room for; of this process alone. */
  readonly cacheFolder?: string
  /** Most bytes in that folder; 10 GB if not said. */
  readonly cacheFolderBytes?: number
}

/** Opens an engine whose files are in a bucket and whose rows are in a table. Credentials are found as AWS's tools find them. */
export async function openBucket(
  options: BucketOptions & AssemblySettings,
  process: ProcessComponents = {},
): Promise<Engine> {
  const { bucket, table, prefix, region, endpoint, pathStyle, create, cacheFolder, cacheFolderBytes, ...settings } =
    options
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
  const bytesMax = cacheFolderBytes ?? CACHE_FOLDER_BYTES_DEFAULT
  const secondLevel = cacheFolder === undefined ? undefined : new DiskCache({ folder: cacheFolder, bytesMax })
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

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Coordination } from '../../core/coordination/coordination.ts'
import { DynamoCoordination } from '../../core/coordination/dynamo-coordination.ts'
import { LmdbCoordination } from '../../core/coordination/lmdb-coordination.ts'
import { FolderObjectStore } from '../../core/storage/folder-object-store.ts'
import type { ObjectStore } from '../../core/storage/object-store.ts'
import { S3ObjectStore } from '../../core/storage/s3-object-store.ts'
import { systemRandom } from '../../core/system-random.ts'
import { startDynamoServer } from '../servers/dynamo-server.ts'
import { type Radosgw, startRadosgw } from '../servers/radosgw.ts'
import { startS3Server } from '../servers/s3-server.ts'
import { startOneEndpoint } from './one-endpoint.ts'

type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string }

const CREDENTIALS: Credentials = { accessKeyId: 'test', secretAccessKey: 'test' }

/** Where a deployment keeps everything, as another process can be told. */
export type Place =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 'bucket'
      readonly bucket: string
      readonly table: string
      readonly s3: string
      readonly dynamo: string
      /** Stands for both. */
      readonly endpoint: string
      readonly credentials: Credentials
    }

export type BackEnd = { readonly place: Place; close(): Promise<void> }

export type OpenStores = { readonly store: ObjectStore; readonly coordination: Coordination }

/** A folder of its own, with LMDB. */
export async function startFolder(): Promise<BackEnd> {
  const path = await mkdtemp(join(tmpdir(), 'prism-'))
  return { place: { kind: 'folder', path }, close: () => rm(path, { recursive: true, force: true }) }
}

/** An S3 and a DynamoDB of its own. @param lostReplyShare of the requests to either are done but never answered */
export async function startBucket(lostReplyShare = 0): Promise<BackEnd> {
  const s3 = await startS3Server()
  return startBucketOn({ ...s3, credentials: CREDENTIALS, stop: () => s3.close() }, lostReplyShare)
}

/** A bucket of Ceph's gateway, and a DynamoDB of its own. */
export async function startRadosgwBucket(): Promise<BackEnd> {
  return startBucketOn(await startRadosgw(), 0)
}

async function startBucketOn(s3: Radosgw, lostReplyShare: number): Promise<BackEnd> {
  const dynamo = await startDynamoServer()
  const direct = { s3: s3.endpoint, dynamo: dynamo.endpoint }
  const both = await startOneEndpoint(direct, { broken: lostReplyShare })
  const bucket = `prism-${systemRandom.name().slice(0, 10)}`
  const ends = lostReplyShare > 0 ? { s3: both.endpoint, dynamo: both.endpoint } : direct
  const place = {
    kind: 'bucket',
    bucket,
    table: 'prism',
    ...ends,
    endpoint: both.endpoint,
    credentials: s3.credentials,
  } as const
  await new S3ObjectStore(s3Options({ ...place, ...direct })).createBucket()
  await new DynamoCoordination(dynamoOptions({ ...place, ...direct })).createTable()
  return {
    place,
    async close() {
      await both.close()
      await s3.stop()
      await dynamo.close()
    },
  }
}

export function openStores(place: Place): OpenStores {
  if (place.kind === 'folder') {
    return {
      store: new FolderObjectStore(join(place.path, 'objects'), systemRandom),
      coordination: new LmdbCoordination(join(place.path, 'coordination')),
    }
  }
  return { store: new S3ObjectStore(s3Options(place)), coordination: new DynamoCoordination(dynamoOptions(place)) }
}

function s3Options({ s3, bucket, credentials }: Extract<Place, { kind: 'bucket' }>) {
  return { bucket, endpoint: s3, credentials }
}

function dynamoOptions({ dynamo, table, credentials }: Extract<Place, { kind: 'bucket' }>) {
  return { table, endpoint: dynamo, credentials }
}

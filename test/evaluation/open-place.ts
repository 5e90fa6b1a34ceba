import { join } from 'node:path'
import { DynamoCoordination } from '../../core/coordination/dynamo-coordination.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { open } from '../../core/open/open.ts'
import { S3ObjectStore } from '../../core/storage/s3-object-store.ts'
import { startAwsEndpoint } from './aws-endpoint.ts'
import type { Place } from './ir-places.ts'

/** Somewhere that the command line and this process can open, one after the other. */
export type OpenPlace = Place & { open(): Promise<Engine>; close(): Promise<void> }

const BUCKET = 'prism-ir'
const TABLE = 'prism-ir'
/** The servers take any. */
const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', AWS_REGION: 'us-east-1' }

export function openFolderPlace(folder: string): OpenPlace {
  const data = join(folder, 'data')
  return {
    name: 'a folder',
    options: ['--data', data],
    environment: {},
    open: async () => (await open({ data })).engine,
    close: async () => undefined,
  }
}

/** S3 and DynamoDB protocol servers in this process, with an empty bucket and table. */
export async function openServerPlace(): Promise<OpenPlace> {
  Object.assign(process.env, CREDENTIALS)
  const { endpoint, close } = await startAwsEndpoint()
  await new S3ObjectStore({ bucket: BUCKET, endpoint }).createBucket()
  const coordination = new DynamoCoordination({ table: TABLE, endpoint })
  await coordination.createTable()
  await coordination.close()
  return {
    name: 'S3 and DynamoDB servers',
    options: ['--s3', BUCKET, '--table', TABLE],
    environment: { ...CREDENTIALS, AWS_ENDPOINT_URL: endpoint },
    open: async () => (await open({ bucket: BUCKET, table: TABLE, endpoint })).engine,
    close,
  }
}

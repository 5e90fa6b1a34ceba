import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoCoordination } from '../../core/coordination/dynamo-coordination.ts'
import { S3ObjectStore } from '../../core/storage/s3-object-store.ts'
import { systemRandom } from '../../core/system-random.ts'
import { buildFunctions } from '../lambda/deployed-functions.ts'
import type { Credentials } from '../lambda/host/function-host.ts'
import { type Deployment, startDeployment } from '../lambda/start-deployment.ts'
import { startDynamoServer } from '../servers/dynamo-server.ts'
import { startRadosgw } from '../servers/radosgw.ts'
import { Gate, startForwarding } from './forwarding.ts'

/** Servers for S3 and DynamoDB, and the bundles of this checkout, for several deployments. */
export type Platform = {
  /** A deployment with its own bucket and table. */
  deploy(options?: { readonly leafCount?: number; readonly apiEnv?: Record<string, string> }): Promise<Deployment>
  /** Delays requests to S3. */
  readonly objects: Gate
  /** The number of requests to DynamoDB since the last call, by operation. */
  takeRowRequests(): string[]
  close(): Promise<void>
}

export async function startPlatform(log: (line: string) => void = () => {}): Promise<Platform> {
  const bundlesFolder = await mkdtemp(join(tmpdir(), 'prism-functions-'))
  await buildFunctions(bundlesFolder)
  const servers = await startServers()
  const operations: string[] = []
  const rows = await startForwarding(servers.dynamo, ({ headers }) => {
    operations.push(String(headers['x-amz-target']).split('.')[1] ?? 'unknown')
  })
  const objects = new Gate()
  const s3 = await startForwarding(servers.s3, (incoming) => objects.pass(incoming))
  const { credentials } = servers
  const deployments: Deployment[] = []
  return {
    deploy: async (options = {}) => {
      const name = `prism-${systemRandom.name().slice(0, 12)}`
      await new S3ObjectStore({ bucket: name, endpoint: s3.endpoint, credentials }).createBucket()
      await new DynamoCoordination({ table: name, endpoint: rows.endpoint, credentials }).createTable()
      const places = { s3: s3.endpoint, dynamo: rows.endpoint, bucket: name, table: name, credentials, bundlesFolder }
      const deployment = await startDeployment({ ...places, ...options, log })
      deployments.push(deployment)
      return deployment
    },
    objects,
    takeRowRequests: () => operations.splice(0),
    close: async () => {
      for (const deployment of deployments) await deployment.close()
      await Promise.all([rows.close(), s3.close()])
      await servers.close()
      await rm(bundlesFolder, { recursive: true, force: true })
    },
  }
}

type Servers = {
  readonly s3: string
  readonly dynamo: string
  readonly credentials: Credentials
  close(): Promise<void>
}

/** Ceph's gateway and dynalite, or the services at AWS_ENDPOINT_URL, such as LocalStack. */
async function startServers(): Promise<Servers> {
  const { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID = 'test', AWS_SECRET_ACCESS_KEY = 'test' } = process.env
  if (endpoint !== undefined) {
    const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY }
    return { s3: endpoint, dynamo: endpoint, credentials, close: async () => {} }
  }
  const [s3, dynamo] = await Promise.all([startRadosgw(), startDynamoServer()])
  return {
    s3: s3.endpoint,
    dynamo: dynamo.endpoint,
    credentials: s3.credentials,
    close: async () => {
      await Promise.all([s3.stop(), dynamo.close()])
    },
  }
}

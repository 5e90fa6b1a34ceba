import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { DynamoCoordination } from '../../core/coordination/dynamo-coordination.ts'
import { S3ObjectStore } from '../../core/storage/s3-object-store.ts'
import { startDynamoServer } from '../servers/dynamo-server.ts'
import { startRadosgw } from '../servers/radosgw.ts'
import { startS3Server } from '../servers/s3-server.ts'
import type { Bundle } from './build-bundles.ts'
import { buildFunctions } from './deployed-functions.ts'
import type { Credentials } from './host/function-host.ts'
import { startHttpServer } from './host/http-server.ts'
import type { InvocationReport } from './host/invocation.ts'
import { type Deployment, startDeployment } from './start-deployment.ts'

const USAGE = `Runs what \`sst deploy\` would deploy, on this machine: functions in processes of their own behind an HTTP API,
with S3 and DynamoDB in memory. What is stored is gone when it stops.

  npm run dev:aws -- [options]

  --port N         port of the HTTP API; the next one streams (3090)
  --leaves N       functions that searches are spread over (4)
  --s3 KIND        small: our own server; radosgw: Ceph's, which takes half a minute to start (small)
  --help           show this

For example, on another port and with a real S3 server:

  npm run dev:aws -- --port 8080 --s3 radosgw
`

const BUCKET = 'prism-local'
const TABLE = 'prism-local'

/** As infra/ has it. */
const SCHEDULE_MS = 60_000

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'

const cleanups: (() => Promise<unknown>)[] = []
let isStopping = false

const { port, leafCount, s3Kind } = readOptions()
// A terminal and npm both pass on Ctrl-C. The second signal must not interrupt the work of the first.
process.on('SIGINT', () => void stop(0))
process.on('SIGTERM', () => void stop(0))
await run().catch(async (error: unknown) => {
  process.stderr.write(`dev:aws: ${error instanceof Error ? error.message : String(error)}\n`)
  await stop(1)
})

async function run(): Promise<void> {
  for (const wanted of [port, port + 1]) await expectFree(wanted)
  say(s3Kind === 'radosgw' ? 'starting radosgw …' : 'starting …')
  const storage = s3Kind === 'radosgw' ? await realS3() : await smallS3()
  const dynamo = await startDynamoServer()
  cleanups.push(() => dynamo.close())
  const { endpoint: s3, credentials } = storage
  await new S3ObjectStore({ bucket: BUCKET, endpoint: s3, credentials }).createBucket()
  await new DynamoCoordination({ table: TABLE, endpoint: dynamo.endpoint, credentials }).createTable()
  const bundlesFolder = await mkdtemp(join(tmpdir(), 'prism-dev-aws-'))
  cleanups.push(() => rm(bundlesFolder, { recursive: true, force: true }))
  const bundles = await buildFunctions(bundlesFolder)
  const deployment = await startDeployment({
    ...{ s3, dynamo: dynamo.endpoint, bucket: BUCKET, table: TABLE, credentials },
    ...{ bundlesFolder, leafCount, port, streamPort: port + 1, scheduleMs: SCHEDULE_MS },
    log: (line) => say(line),
    report: tell,
  })
  cleanups.push(() => deployment.close())
  say(summaryOf(deployment, bundles))
}

function readOptions(): { port: number; leafCount: number; s3Kind: string } {
  try {
    const options = { port: { type: 'string' }, leaves: { type: 'string' }, s3: { type: 'string' } } as const
    const { values } = parseArgs({ options: { ...options, help: { type: 'boolean' } } })
    if (values.help) {
      process.stdout.write(USAGE)
      process.exit(0)
    }
    const s3Kind = values.s3 ?? 'small'
    if (s3Kind !== 'small' && s3Kind !== 'radosgw') throw new Error(`--s3 must be small or radosgw, got ${s3Kind}`)
    return { port: wholeNumber('port', values.port, 3090), leafCount: wholeNumber('leaves', values.leaves, 4), s3Kind }
  } catch (error) {
    process.stderr.write(`dev:aws: ${(error as Error).message}; see --help\n`)
    process.exit(1)
  }
}

function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  const number = Number(text ?? otherwise)
  if (Number.isInteger(number) && number >= 1 && number <= 65_534) return number
  throw new Error(`--${name} must be a whole number from 1 to 65534, got ${text}`)
}

async function expectFree(wanted: number): Promise<void> {
  const server = await startHttpServer(wanted, async () => {}).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Error(`127.0.0.1:${wanted} is in use: stop what listens there, or choose another --port`)
  })
  await server.close()
}

async function smallS3(): Promise<{ endpoint: string; credentials: Credentials }> {
  const server = await startS3Server()
  cleanups.push(() => server.close())
  return { endpoint: server.endpoint, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } }
}

async function realS3(): Promise<{ endpoint: string; credentials: Credentials }> {
  const server = await startRadosgw()
  cleanups.push(() => server.stop())
  return server
}

function summaryOf(deployment: Deployment, bundles: Record<string, Bundle>): string {
  const { address, streamAddress, lambdaAddress, leaves } = deployment
  const names = ['api', 'api-stream', ...leaves.map(({ settings }) => settings.name), 'compact', 'collect-garbage']
  const sizes = Object.entries(bundles).map(
    ([name, { initBytes, totalBytes }]) => `${name} ${megabytes(initBytes)} of ${megabytes(totalBytes)}`,
  )
  return `
prism on ${address}, as \`sst deploy\` would have it
  docs       ${address}/docs
  streaming  ${streamAddress}
  functions  ${names.join(', ')}
  lambda     ${lambdaAddress}
  bundles    what a cold start loads: ${sizes.join(', ')}
  stop       Ctrl-C

try it:
  curl ${address}/collections/books/documents -H 'content-type: application/json' -d '[{"id":"1","title":"The Sea Wolf"}]'
  curl '${address}/collections/books/search?q=seas'
`
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`
}

function tell({ functionName, initMs, errorType, durationMs, pid }: InvocationReport): void {
  if (initMs !== undefined) say(`${functionName}: cold start in ${Math.round(initMs)} ms, process ${pid}`)
  if (errorType !== undefined) say(`${functionName}: failed after ${Math.round(durationMs)} ms: ${errorType}`)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Closes in the reverse order of starting. */
async function stop(status: 0 | 1): Promise<void> {
  if (isStopping) return
  isStopping = true
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup().catch((error: unknown) => say(String(error)))
  process.exit(status)
}

import { settingsOf } from './deployed-functions.ts'
import { startFunctionUrl } from './function-url.ts'
import { startGateway } from './gateway.ts'
import { type Credentials, FunctionHost, type HostOptions } from './host/function-host.ts'
import type { HttpServer } from './host/http-server.ts'
import { startInvokeApi } from './invoke-api.ts'
import { startSchedule } from './schedule.ts'

export type DeploymentOptions = Omit<HostOptions, 'credentials'> & {
  /** The endpoints of the services. */
  readonly s3: string
  readonly dynamo: string
  /** Both must exist. */
  readonly bucket: string
  readonly table: string
  readonly credentials: Credentials
  /** The output folder of {@link buildFunctions}. */
  readonly bundlesFolder: string
  /** Default: 4. */
  readonly leafCount?: number
  /** Default: any free port, for both. */
  readonly port?: number
  readonly streamPort?: number
  /** Further environment of the two functions that answer HTTP. */
  readonly apiEnv?: Readonly<Record<string, string>>
  /** How often the chores run. Default: only on demand. */
  readonly scheduleMs?: number
}

export type Deployment = {
  /** The address of the HTTP API. */
  readonly address: string
  /** The address of the streaming function URL. */
  readonly streamAddress: string
  /** The address of Lambda's own API. */
  readonly lambdaAddress: string
  readonly api: FunctionHost
  readonly apiStream: FunctionHost
  readonly leaves: readonly FunctionHost[]
  readonly compact: FunctionHost
  readonly collectGarbage: FunctionHost
  /** All processes have ended when the promise settles. */
  close(): Promise<void>
}

/** Settings that all functions inherit from the process that starts the deployment. */
const PASSED_ON = [
  ...['PRISM_FAN_OUT', 'PRISM_HEDGE', 'PRISM_SHARDS_DEFAULT'],
  // Otherwise this would fill the logs under Node 20.
  'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED',
]

/** Runs Prism's functions on this machine like AWS: bundled, with a process per invocation, behind HTTP. */
export async function startDeployment(options: DeploymentOptions): Promise<Deployment> {
  const hosts = new Map<string, FunctionHost>()
  const servers: HttpServer[] = []
  const schedules: { stop(): void }[] = []
  const close = async () => {
    for (const schedule of schedules) schedule.stop()
    await Promise.all(servers.map((server) => server.close()))
    await Promise.all([...hosts.values()].map((host) => host.close()))
  }
  const serve = async (starting: Promise<HttpServer>) => {
    const server = await starting
    servers.push(server)
    return server.address
  }
  const add = (...settings: Parameters<typeof settingsOf>) => {
    const host = new FunctionHost(settingsOf(...settings), options)
    hosts.set(host.settings.name, host)
    return host
  }
  try {
    const lambdaAddress = await serve(startInvokeApi(hosts))
    const { bundlesFolder: folder, leafCount = 4, scheduleMs } = options
    const leafNames = Array.from({ length: leafCount }, (_, i) => `leaf-${i}`)
    const environment = environmentFor(options, lambdaAddress)
    const pool = { SST_RESOURCE_LeafPool: JSON.stringify({ functions: leafNames }) }
    const apiEnvironment = { ...environment, ...pool, ...options.apiEnv }
    const api = add('api', folder, apiEnvironment)
    const apiStream = add('api-stream', folder, apiEnvironment)
    const leaves = leafNames.map((name) => add('leaf', folder, environment, name))
    const compact = add('compact', folder, environment)
    const collectGarbage = add('collect-garbage', folder, environment)
    const address = await serve(startGateway(api, { port: options.port ?? 0 }))
    const streamAddress = await serve(startFunctionUrl(apiStream, options.streamPort))
    if (scheduleMs !== undefined) {
      schedules.push(startSchedule(compact, scheduleMs), startSchedule(collectGarbage, scheduleMs))
    }
    return { address, streamAddress, lambdaAddress, api, apiStream, leaves, compact, collectGarbage, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** The environment that SST's links would give, with the endpoints of this machine. */
function environmentFor({ bucket, table, s3, dynamo }: DeploymentOptions, lambda: string): Record<string, string> {
  const passedOn = PASSED_ON.map((name) => [name, process.env[name]] as const)
  return {
    SST_RESOURCE_App: JSON.stringify({ name: 'prism', stage: 'local' }),
    SST_RESOURCE_Storage: JSON.stringify({ bucket, table }),
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_S3: s3,
    AWS_ENDPOINT_URL_DYNAMODB: dynamo,
    AWS_ENDPOINT_URL_LAMBDA: lambda,
    ...Object.fromEntries(passedOn.filter((pair): pair is [string, string] => pair[1] !== undefined)),
  }
}

import { Resource } from 'sst/resource'

/** What a function knows of the deployment it belongs to. */
export type FunctionContext = {
  readonly bucket: string
  /** Leaves know its name, but have no access to it. */
  readonly table: string
  /** Names of the leaf functions, in the order of their numbers; none where the function may not invoke them. */
  readonly leaves: readonly string[]
  readonly region: string
  /** Lambda gives them to a function's environment, for as long as the instance lives. */
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
  /** Where functions are invoked, if that is not Amazon. */
  readonly lambdaEndpoint: string | undefined
  readonly memoryMb: number
  /** For services that are not Amazon's own: buckets are then part of the path. */
  readonly pathStyle: boolean
  readonly fanOut: 'auto' | 'always' | 'never'
  readonly hedge: boolean
  /** Shards of collections that are created without a number of them. */
  readonly shardsDefault: number | undefined
}

/** What `infra/` links to functions, under these names. */
type Links = {
  readonly Storage: { readonly bucket: string; readonly table: string }
  readonly LeafPool: { readonly functions: readonly string[] }
}

/**
 * Reads the environment and the links: nothing else in `functions/` does.
 *
 * @throws {Error} naming what is missing or wrong: the function then fails when it starts, not at its first request
 */
export function readContext(env: NodeJS.ProcessEnv = process.env): FunctionContext {
  const links = Resource as unknown as Links
  return {
    bucket: links.Storage.bucket,
    table: links.Storage.table,
    leaves: 'LeafPool' in Resource ? links.LeafPool.functions : [],
    region: required(env, 'AWS_REGION'),
    credentials: {
      accessKeyId: required(env, 'AWS_ACCESS_KEY_ID'),
      secretAccessKey: required(env, 'AWS_SECRET_ACCESS_KEY'),
      ...(env.AWS_SESSION_TOKEN && { sessionToken: env.AWS_SESSION_TOKEN }),
    },
    lambdaEndpoint: env.AWS_ENDPOINT_URL_LAMBDA,
    memoryMb: Number(required(env, 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE')),
    pathStyle: env.AWS_ENDPOINT_URL_S3 !== undefined,
    fanOut: oneOf(env, 'PRISM_FAN_OUT', ['auto', 'always', 'never']),
    hedge: oneOf(env, 'PRISM_HEDGE', ['off', 'on']) === 'on',
    shardsDefault: env.PRISM_SHARDS_DEFAULT ? Number(env.PRISM_SHARDS_DEFAULT) : undefined,
  }
}

function required(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name]
  if (value) return value
  throw new Error(`${name} must be set`)
}

/** The first of `values` if nothing is set. */
function oneOf<T extends string>(env: NodeJS.ProcessEnv, name: string, values: readonly [T, ...T[]]): T {
  const value = env[name] || values[0]
  const known = values.find((one) => one === value)
  if (known !== undefined) return known
  throw new Error(`${name} must be ${values.join(' or ')}, got ${JSON.stringify(value)}`)
}

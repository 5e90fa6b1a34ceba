import { Resource } from 'sst/resource'

/** What a function knows about its deployment. */
export type FunctionContext = {
  readonly bucket: string
  /** Leaves know the name of the table but have no access to it. */
  readonly table: string
  /** The names of the leaf functions, in the order of their numbers; empty if the function may not invoke them. */
  readonly leaves: readonly string[]
  readonly region: string
  /** Lambda puts these credentials into the environment; they are valid for the life of the instance. */
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  }
  /** Where to invoke functions, if not at Amazon. */
  readonly lambdaEndpoint: string | undefined
  readonly memoryMb: number
  /** Whether the bucket is part of the path, as in services other than Amazon's. */
  readonly pathStyle: boolean
  readonly fanOut: 'auto' | 'always' | 'never'
  readonly hedge: boolean
  /** The number of shards of a new collection that does not specify one. */
  readonly shardsDefault: number | undefined
}

/** What `infra/` links to functions. */
type Links = {
  readonly Storage: { readonly bucket: string; readonly table: string }
  readonly LeafPool: { readonly functions: readonly string[] }
}

/**
 * Reads the environment and the links. Nothing else in `functions/` does so.
 *
 * @throws {Error} naming what is missing or wrong, so the function fails when it starts, not at its first request
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

/** The value of a variable, which must be one of `values`; the first of them if the variable is not set. */
function oneOf<T extends string>(env: NodeJS.ProcessEnv, name: string, values: readonly [T, ...T[]]): T {
  const value = env[name] || values[0]
  const known = values.find((one) => one === value)
  if (known !== undefined) return known
  throw new Error(`${name} must be ${values.join(' or ')}, got ${JSON.stringify(value)}`)
}

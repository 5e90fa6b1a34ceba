import type { Engine } from '../core/engine/engine.ts'
import { openBucket } from '../core/open/open-bucket.ts'
import { LAMBDA_US_EAST_1 } from '../core/storage/prices.ts'
import { hedgedTransport } from '../core/transport/hedged-transport.ts'
import { LambdaTransport } from '../core/transport/lambda-transport.ts'
import { openLeafPool } from '../core/transport/leaf-transport.ts'
import type { FunctionContext } from './context.ts'
import { clock, timeLimit } from './invocation.ts'
import { logFailure } from './log.ts'

/** The share of a function's memory for caching ranges of segments. */
const CACHE_SHARE = 0.4

/** Opens the engine of a function. Only caches and connections outlive an invocation. */
export async function openFunctionEngine(context: FunctionContext): Promise<Engine> {
  const { bucket, table, leaves, memoryMb, pathStyle, fanOut, shardsDefault } = context
  const settings = {
    workerCount: 0,
    removesDeleted: 'later',
    fanOut: { mode: fanOut },
    cacheBytes: Math.floor(memoryMb * 1024 * 1024 * CACHE_SHARE),
    onFailure: (error: unknown) => logFailure('background', error),
    ...(shardsDefault !== undefined && { shardsDefault }),
  } as const
  return openBucket(
    { bucket, table, pathStyle, ...settings },
    {
      clock,
      timeLimit,
      computing: { clock, memoryMb, prices: LAMBDA_US_EAST_1 },
      ...(leaves.length > 0 && { leaves: openLeafPool(transportOf(context)) }),
    },
  )
}

function transportOf({ leaves, region, credentials, lambdaEndpoint, hedge }: FunctionContext) {
  const transport = new LambdaTransport({
    functions: leaves,
    region,
    credentials,
    ...(lambdaEndpoint !== undefined && { endpoint: lambdaEndpoint }),
  })
  return hedge ? hedgedTransport(transport, clock) : transport
}

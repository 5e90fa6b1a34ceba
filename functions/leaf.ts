import { openBucketLeaf } from '../core/open/open-bucket-leaf.ts'
import type { LeafPayload } from '../core/transport/lambda-transport.ts'
import { readContext } from './context.ts'
import { clock, invocation, type LambdaContext, timeLimit } from './invocation.ts'

const { bucket, memoryMb, pathStyle } = readContext()

// Opened once per instance, so warm invocations find the segments of this leaf's shards open.
const leaf = openBucketLeaf({ bucket, memoryMb, pathStyle, clock, timeLimit })

/** Searches the shards that a root requests. */
export async function handler({ body }: LeafPayload, context: LambdaContext): Promise<LeafPayload> {
  const answer = await invocation(context, () => leaf(Buffer.from(body, 'base64')))
  return { body: Buffer.from(answer).toString('base64') }
}

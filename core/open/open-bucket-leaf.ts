import type { Clock } from '../clock.ts'
import { openLeaf } from '../engine/open-leaf.ts'
import { meteredReading } from '../reading/metered-reading.ts'
import { AWS_US_EAST_1, LAMBDA_US_EAST_1 } from '../storage/prices.ts'
import { S3ObjectStore, type S3Options } from '../storage/s3-object-store.ts'
import type { TimeLimit } from '../time-limit.ts'
import type { ServedLeaf } from '../transport/serve-leaf.ts'
import { cacheSegments } from './cache-segments.ts'

/** The bucket that a leaf reads, and its resources. */
export type BucketLeafOptions = S3Options & {
  readonly clock: Clock
  readonly timeLimit: TimeLimit
  /** Memory of this function in MB. It determines the cost in answers. */
  readonly memoryMb: number
}

/** Share of a function's memory for cached ranges of segments. It is large, because a leaf only searches. */
const CACHE_SHARE = 0.6

/** Opens a leaf over a bucket: it maps the bytes of a request to the bytes of an answer, and only reads objects. */
export function openBucketLeaf(options: BucketLeafOptions): ServedLeaf {
  const { clock, timeLimit, memoryMb, ...place } = options
  const store = cacheSegments(new S3ObjectStore(place, timeLimit), memoryMb * 1024 * 1024 * CACHE_SHARE)
  const computing = { clock, memoryMb, prices: LAMBDA_US_EAST_1 }
  return openLeaf({
    clock,
    beginReading: () => meteredReading(store, AWS_US_EAST_1, computing),
    limitMs: () => timeLimit.remainingMs(),
  })
}

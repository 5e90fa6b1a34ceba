import type { Clock } from '../clock.ts'
import { openLeaf } from '../engine/open-leaf.ts'
import { meteredReading } from '../reading/metered-reading.ts'
import { AWS_US_EAST_1, LAMBDA_US_EAST_1 } from '../storage/prices.ts'
import { S3ObjectStore, type S3Options } from '../storage/s3-object-store.ts'
import type { TimeLimit } from '../time-limit.ts'
import type { ServedLeaf } from '../transport/serve-leaf.ts'
import { cacheSegments } from './cache-segments.ts'

/** Where a leaf reads, and what it may use. */
export type BucketLeafOptions = S3Options & {
  readonly clock: Clock
  readonly timeLimit: TimeLimit
  /** Memory of this function in MB, from which its answers compute their cost. */
  readonly memoryMb: number
}

/** Share of a function's memory that caches ranges of segments; a leaf does nothing else. */
const CACHE_SHARE = 0.6

/** Opens a leaf over a bucket: a request's bytes in, its answer's bytes out. Reads objects and nothing else. */
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

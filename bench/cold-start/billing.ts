import { AWS_US_EAST_1, LAMBDA_US_EAST_1 } from '../../core/storage/prices.ts'
import type { InvocationReport } from '../../test/lambda/host/invocation.ts'

/** What one search asked of the platform, as the platform saw it. */
export type Usage = {
  readonly ms: number
  readonly gets: number
  readonly bytes: number
  /** As the answer says; all others are counted outside. */
  readonly rounds: number
  readonly rowReads: number
  readonly reports: readonly InvocationReport[]
}

const MEGABYTES: Readonly<Record<string, number>> = { api: 1_769 }
const LEAF_MEGABYTES = 1_769

/**
 * Dollars for one search at list prices: the gateway, invocations, computing
 * (since August 2025 a cold start's initialisation is billed as well), objects and rows.
 */
export function dollarsOf({ gets, rowReads, reports }: Usage): number {
  const { invocation, gigabyteSecond, gatewayRequest } = LAMBDA_US_EAST_1
  const computing = reports.reduce((sum, { functionName, initMs = 0, durationMs }) => {
    const gigabytes = (MEGABYTES[functionName] ?? LEAF_MEGABYTES) / 1024
    return sum + invocation + ((initMs + durationMs) / 1000) * gigabytes * gigabyteSecond
  }, 0)
  return gatewayRequest + computing + gets * AWS_US_EAST_1.objectGet + rowReads * AWS_US_EAST_1.rowReadUnit
}

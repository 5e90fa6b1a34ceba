import { AWS_US_EAST_1, LAMBDA_US_EAST_1 } from '../../core/storage/prices.ts'
import type { InvocationReport } from '../../test/lambda/host/invocation.ts'

/** What one search used, as seen by the platform. */
export type Usage = {
  readonly ms: number
  readonly gets: number
  readonly bytes: number
  /** From the answer; all other numbers are counted outside the functions. */
  readonly rounds: number
  readonly rowReads: number
  readonly reports: readonly InvocationReport[]
}

const MEGABYTES: Readonly<Record<string, number>> = { api: 1_769 }
const LEAF_MEGABYTES = 1_769

/**
 * Cost of one search in dollars, at list prices: gateway, invocations, compute time, objects
 * and rows. Since August 2025 the initialisation of a cold start is billed too.
 */
export function dollarsOf({ gets, rowReads, reports }: Usage): number {
  const { invocation, gigabyteSecond, gatewayRequest } = LAMBDA_US_EAST_1
  const computing = reports.reduce((sum, { functionName, initMs = 0, durationMs }) => {
    const gigabytes = (MEGABYTES[functionName] ?? LEAF_MEGABYTES) / 1024
    return sum + invocation + ((initMs + durationMs) / 1000) * gigabytes * gigabyteSecond
  }, 0)
  return gatewayRequest + computing + gets * AWS_US_EAST_1.objectGet + rowReads * AWS_US_EAST_1.rowReadUnit
}

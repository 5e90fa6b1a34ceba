import { systemClock } from '../core/system-clock.ts'
import { ThawingClock } from '../core/thawing-clock.ts'
import { InvocationLimit } from '../core/time-limit.ts'

/** The part of Lambda's context that Prism uses. */
export type LambdaContext = { getRemainingTimeInMillis(): number }

/** The part of an invocation's time that is reserved for sending the answer. */
const MARGIN_MS = 1_000

/** The clock of this process, which the platform freezes between invocations. */
export const clock = new ThawingClock(systemClock)

/** When the current invocation must have ended. */
export const timeLimit = new InvocationLimit(clock)

/** Runs one invocation: adjusts the clock for the time frozen, and makes all work end in time. */
export async function invocation<T>(context: LambdaContext, work: () => Promise<T>): Promise<T> {
  clock.thaw()
  timeLimit.begin(clock.monotonic() + context.getRemainingTimeInMillis() - MARGIN_MS)
  try {
    return await work()
  } finally {
    timeLimit.end()
  }
}

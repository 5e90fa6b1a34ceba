import { systemClock } from '../core/system-clock.ts'
import { ThawingClock } from '../core/thawing-clock.ts'
import { InvocationLimit } from '../core/time-limit.ts'

/** What of Lambda's context Prism uses. */
export type LambdaContext = { getRemainingTimeInMillis(): number }

/** Of the time that the platform gives, what is left for the answer to get out. */
const MARGIN_MS = 1_000

/** The clock of this process, which the platform freezes between invocations. */
export const clock = new ThawingClock(systemClock)

/** By when the invocation under way must have ended. */
export const timeLimit = new InvocationLimit(clock)

/** Runs one invocation: lets the clock catch up with what it slept through, and has all work end in time. */
export async function invocation<T>(context: LambdaContext, work: () => Promise<T>): Promise<T> {
  clock.thaw()
  timeLimit.begin(clock.monotonic() + context.getRemainingTimeInMillis() - MARGIN_MS)
  try {
    return await work()
  } finally {
    timeLimit.end()
  }
}

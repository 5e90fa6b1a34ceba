import { readContext } from './context.ts'
import { invocation, type LambdaContext } from './invocation.ts'
import { log } from './log.ts'
import { openFunctionEngine } from './open-engine.ts'

const engine = await openFunctionEngine(readContext())

/** Merges what writes left to be merged, for as long as the invocation lasts. */
export async function handler(_event: unknown, context: LambdaContext) {
  const report = await invocation(context, async () => {
    const done = await engine.compactWanted()
    await engine.settle()
    return done
  })
  log('info', { request: 'compact', ...report })
  return report
}

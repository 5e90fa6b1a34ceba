import { readContext } from './context.ts'
import { invocation, type LambdaContext } from './invocation.ts'
import { log } from './log.ts'
import { openFunctionEngine } from './open-engine.ts'

const engine = await openFunctionEngine(readContext())

/** Compacts the shards that writes announced, until the invocation must end. */
export async function handler(_event: unknown, context: LambdaContext) {
  const report = await invocation(context, async () => {
    const done = await engine.compactWanted()
    await engine.settle()
    return done
  })
  log('info', { request: 'compact', ...report })
  return report
}

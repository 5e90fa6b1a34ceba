import { readContext } from './context.ts'
import { invocation, type LambdaContext } from './invocation.ts'
import { log } from './log.ts'
import { openFunctionEngine } from './open-engine.ts'

const engine = await openFunctionEngine(readContext())

/** Removes objects and rows that nothing refers to, until the invocation must end. */
export async function handler(_event: unknown, context: LambdaContext) {
  const report = await invocation(context, async () => {
    const done = await engine.collectGarbage()
    await engine.settle()
    return done
  })
  log('info', { request: 'collect-garbage', ...report })
  return report
}

import { readContext } from './context.ts'
import { bufferedHandler } from './lambda-app.ts'
import { openFunctionEngine } from './open-engine.ts'

// Opened once per instance, so warm invocations find open segments and connections.
export const handler = bufferedHandler(await openFunctionEngine(readContext()))

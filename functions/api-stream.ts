import { readContext } from './context.ts'
import { streamingHandler } from './lambda-app.ts'
import { openFunctionEngine } from './open-engine.ts'

// Opened once per instance, so warm invocations find open segments and connections.
export const handler = streamingHandler(await openFunctionEngine(readContext()))

import { type Actor, codeOf, NAME } from '../client.ts'

/** Rewrites every shard whole. */
export const compact: Actor = async ({ engine, process, scheduler, history }) => {
  scheduler.log(() => `${process.name} COMPACTS`)
  await engine.compact(NAME).catch((error: unknown) => codeOf(history, error))
}

/** Does the merges that writers left, as the schedule of functions does. */
export const compactWanted: Actor = async ({ engine, history }) => {
  await engine.compactWanted().catch((error: unknown) => codeOf(history, error))
}

/** Finishes deletions that were cut short. */
export const collect: Actor = async ({ engine, process, scheduler, history }) => {
  scheduler.log(() => `${process.name} COLLECTS`)
  await engine.collectGarbage().catch((error: unknown) => codeOf(history, error))
}

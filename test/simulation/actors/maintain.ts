import { type Actor, type Client, codeOf, NAME } from './client.ts'

/** Rewrites every shard whole. */
export const compact: Actor = async ({ engine, process, scheduler, history }) => {
  scheduler.log(() => `${process.name} COMPACTS`)
  await engine.compact(NAME).catch((error: unknown) => codeOf(history, error))
}

/** Does the merges that writers left, as the schedule of functions does. */
export const compactWanted: Actor = async ({ engine, history }) => {
  await engine.compactWanted().catch((error: unknown) => codeOf(history, error))
}

/** From what an operator of an offline store may ask for up to more than any stall. */
const RETENTIONS_MS = [0, 200, 5_000, 3_600_000, 24 * 3_600_000]

/** Removes what no kept version needs, and finishes deletions that were cut short. */
export const collect: Actor = (client) => collectWith(client, client.chance.oneOf(RETENTIONS_MS))

export async function collectWith({ engine, process, scheduler, history }: Client, retentionMs: number): Promise<void> {
  scheduler.log(() => `${process.name} COLLECTS with a retention of ${retentionMs} ms`)
  await engine.collectGarbage({ retention_ms: retentionMs }).catch((error: unknown) => codeOf(history, error))
}

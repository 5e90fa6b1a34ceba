import { type Actor, type Client, codeOf, NAME } from './client.ts'

/** Deletes the collection under everybody's hands; somebody makes it again. */
export const deleteCollection: Actor = async ({ engine, process, scheduler, history }) => {
  scheduler.log(() => `${process.name} DROPS the collection`)
  const heard = await engine.deleteCollection(NAME).catch((error: unknown) => codeOf(history, error))
  scheduler.log(() => `${process.name} DROPPED: ${heard ?? 'done'}`)
}

/** Makes the collection unless it is there. */
export const createCollection: Actor = async (client) => {
  await create(client)
}

export async function create({ engine, process, scheduler, history, shardCount }: Client): Promise<void> {
  scheduler.log(() => `${process.name} CREATES the collection`)
  const schema = { fields: { n: 'integer', title: { type: 'text', language: 'none' } } } as const
  const heard = await engine
    .createCollection(NAME, { schema, shards: shardCount })
    .catch((error: unknown) => codeOf(history, error))
  scheduler.log(() => `${process.name} CREATED: ${typeof heard === 'string' ? heard : 'done'}`)
}

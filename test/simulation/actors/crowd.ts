import type { Actor, Client } from './client.ts'
import { collectWith } from './maintain.ts'
import { writeBatch } from './write.ts'

/** Writes of each in a crowd, one after another: whoever lost a race meets the next ones. */
const ROUNDS = 3

/** One client of each process writes at the same time, so that some lose one race after another and leave their writes in the head. */
export const writeInCrowd: Actor = async (client) => {
  const { all, beside, chance } = client
  const crowd = new Map(all.flatMap((one) => (one.process.isAlive ? [[one.process, one] as const] : [])))
  crowd.delete(client.process)
  for (const other of crowd.values()) beside(writeOften(other))
  if (chance.happens(0.5)) beside(collectWith(client, 0))
  await writeOften(client)
}

async function writeOften(client: Client): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) await writeBatch(client)
}

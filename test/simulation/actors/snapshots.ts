import { type Actor, codeOf, NAME } from './client.ts'
import { collectWith } from './maintain.ts'
import { search } from './search.ts'
import { writeBatch } from './write.ts'

/** Few, so that several clients make and delete the same. */
const SNAPSHOT_NAMES = ['s0', 's1']

/** Keeps what stands under a name, if nobody has. */
export const createSnapshot: Actor = async ({ engine, history, process, scheduler, chance }) => {
  const name = chance.oneOf(SNAPSHOT_NAMES)
  const fromStep = scheduler.step
  scheduler.log(() => `${process.name} KEEPS ${name}`)
  const made = await engine
    .createSnapshot(NAME, name)
    .catch((error: unknown) => codeOf(history, error, ['snapshot_exists', 'version_not_retained']))
  if (!process.isAlive) return
  scheduler.log(() => `${process.name} KEPT ${name}: ${typeof made === 'string' ? made : made.versions}`)
  if (typeof made !== 'string') history.snapshots.acknowledge(name, made.versions, fromStep)
}

/** Keeps what stands while it is overtaken, and collected by whoever does not know of the snapshot yet. */
export const createSnapshotInTrouble: Actor = async (client) => {
  await Promise.all([createSnapshot(client), writeBatch(client), collectWith(client, 0), collectWith(client, 0)])
}

/** Lets go of a snapshot. */
export const deleteSnapshot: Actor = async ({ engine, history, process, scheduler, chance }) => {
  const name = chance.oneOf(SNAPSHOT_NAMES)
  const asked = history.snapshots.beginDeleting(name)
  scheduler.log(() => `${process.name} LETS GO of ${name}`)
  const heard = await engine
    .deleteSnapshot(NAME, name)
    .catch((error: unknown) => codeOf(history, error, ['snapshot_not_found']))
  if (!process.isAlive) return
  scheduler.log(() => `${process.name} LET GO of ${name}: ${heard ?? 'done'}`)
  asked.toStep = scheduler.step
  if (heard === 'snapshot_not_found' || heard === undefined) {
    history.snapshots.wasMissing(name, asked.fromStep, history.uids)
  }
}

/** Reads a snapshot: what its versions held, and all of them. */
export const readSnapshot: Actor = async (client) => {
  const { chance, history, process, scheduler } = client
  const name = chance.oneOf(SNAPSHOT_NAMES)
  const fromStep = scheduler.step
  scheduler.log(() => `${process.name} READS ${name}`)
  const found = await search(client, { snapshot: name }, ['snapshot_not_found', 'version_not_retained'])
  if (!found) return
  if ('refusal' in found) return history.snapshots.wasMissing(name, fromStep, history.uids)
  const { uid, answer } = found
  if (answer.shards.failed > 0) return
  history.snapshots.wasRead(name, uid, { versions: answer.snapshot.versions, fromStep })
}

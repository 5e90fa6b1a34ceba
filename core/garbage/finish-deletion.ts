import { decodeMeta, markName, metaKey, nameKey, readName } from '../collections/collection-rows.ts'
import { fenceCollection } from '../collections/delete-collection.ts'
import type { Coordination } from '../coordination/coordination.ts'
import type { CommitComponents } from '../version/commit.ts'
import { type Deletion, forgetDeletion } from '../version/work-rows.ts'
import { removeCollection } from './remove-collection.ts'

/** Milliseconds after which an announced deletion or creation that has not begun counts as cut short. */
const UNBEGUN_MS_MAX = 60 * 60 * 1000

/** `waiting`: it may be about to begin. `called_off`: it never began, or what it was announced for got its name. */
export type DeletionOutcome = 'removed' | 'pinned' | 'stopped' | 'waiting' | 'called_off'

/**
 * Finishes an announced deletion, wherever it was cut short: fences the shards that are not fenced, removes the data, and
 * the announcement last. Several processes may do so at once.
 *
 * An unfinished creation is deleted if the collection did not get its name in time. A deletion has begun if the name does
 * not point to the collection, or if the collection is marked as deleted: a late duplicate of the request that took the
 * name can bring back the name, but not the collection.
 *
 * @param mayContinue called between two requests of the removal
 */
export async function finishDeletion(
  components: CommitComponents,
  deletion: Deletion,
  mayContinue: () => boolean,
): Promise<DeletionOutcome> {
  const { coordination, clock } = components
  const { uid, name, announcedMs } = deletion
  const pointer = await readName(coordination, name)
  if (deletion.unlessNamed) {
    if (pointer?.uid === uid) {
      await forgetDeletion(coordination, uid, deletion.token)
      return 'called_off'
    }
    if (clock.now() - announcedMs < UNBEGUN_MS_MAX) return 'waiting'
    // Its maker may just be very slow: from here on it cannot take the name of what it was to replace.
    if (pointer && !(await markName(components, name, pointer.uid))) return 'waiting'
  } else if (pointer?.uid === uid) {
    if (!(await isDeleted(coordination, uid))) {
      if (clock.now() - announcedMs < UNBEGUN_MS_MAX) return 'waiting'
      return (await callOff(components, deletion)) ? 'called_off' : 'waiting'
    }
    await coordination.delete(nameKey(name), [{ attribute: 'uid', is: 'equal', value: uid }])
  }
  await fenceCollection(components, uid)
  const outcome = await removeCollection(components, uid, mayContinue)
  if (outcome === 'removed') await forgetDeletion(coordination, uid)
  return outcome
}

async function isDeleted(coordination: Coordination, uid: string): Promise<boolean> {
  const meta = await coordination.read(metaKey(uid), { consistent: true })
  return meta === undefined || decodeMeta(uid, meta.attributes).state === 'deleted'
}

/**
 * Takes an announcement back. Its age is advice only, because clocks differ and
 * the process that announced it may just be very slow (or frozen): no deletion can begin
 * without an announcement that stands.
 *
 * 1. The name is marked again. A deletion frees the name only as it read it before
 *    it announced itself, so one that read it earlier is refused, and begins again
 *    with a new announcement.
 * 2. This very announcement is deleted. One that read the name after (1) has
 *    announced itself after that too, under another token, so its row stays or is yet to come.
 *
 * @returns false if the deletion was faster
 */
async function callOff(components: CommitComponents, { uid, name, token }: Deletion): Promise<boolean> {
  if (!(await markName(components, name, uid))) return false
  await forgetDeletion(components.coordination, uid, token)
  return true
}

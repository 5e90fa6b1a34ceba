import { decodeMeta, markName, metaKey, nameKey, readName } from '../collections/collection-rows.ts'
import { fenceCollection } from '../collections/delete-collection.ts'
import type { Coordination } from '../coordination/coordination.ts'
import type { CommitComponents } from '../version/commit.ts'
import { type Deletion, forgetDeletion } from '../version/work-rows.ts'
import { removeCollection } from './remove-collection.ts'

/** Milliseconds after which an announced deletion or creation that has not begun counts as interrupted. */
const UNBEGUN_MS_MAX = 60 * 60 * 1000

/** `waiting`: the deletion may be about to begin. `called_off`: it never began, or the new collection got its name. */
export type DeletionOutcome = 'removed' | 'pinned' | 'stopped' | 'waiting' | 'called_off'

/**
 * Finishes an announced deletion that was interrupted at any point: fences the remaining shards, removes the data, and
 * removes the announcement last. Several processes may do this at once.
 *
 * An unfinished creation is deleted if the collection did not get its name in time. A deletion has begun if the name no
 * longer points to the collection, or if the collection is marked as deleted: a late duplicate of the request that took
 * the name can restore the name, but not the collection.
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
    // The creator may just be very slow. Once the name is marked, it can no longer take the name from the old collection.
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
 * Withdraws an announcement. Its age is only a hint, because clocks differ and the process that announced the deletion may
 * just be very slow or frozen. The two steps are safe in either case: no deletion can begin without its announcement.
 *
 * 1. Mark the name again. A deletion reads the name, announces itself, and frees the name only if the name is unchanged.
 *    So a deletion that read the name before this step is refused, and starts again with a new announcement.
 * 2. Delete the announcement with this token. A deletion that read the name after step 1 announces itself under another
 *    token, so its row is not affected.
 *
 * @returns false if the deletion was faster
 */
async function callOff(components: CommitComponents, { uid, name, token }: Deletion): Promise<boolean> {
  if (!(await markName(components, name, uid))) return false
  await forgetDeletion(components.coordination, uid, token)
  return true
}

import type { Coordination } from '../coordination/coordination.ts'
import { decodeMeta, metaKey, nameKey, readName } from './collection-rows.ts'
import type { CommitComponents } from './commit.ts'
import { fenceCollection } from './delete-collection.ts'
import { removeCollection } from './remove-collection.ts'
import { type Deletion, forgetDeletion } from './work-rows.ts'

/** A deletion that has not begun so long after its announcement was cut short before it could. */
const UNBEGUN_MS_MAX = 60 * 60 * 1000

/** `waiting`: it may be about to begin. `called_off`: it never began. */
export type DeletionOutcome = 'removed' | 'pinned' | 'stopped' | 'waiting' | 'called_off'

/**
 * Brings an announced deletion to its end, wherever it was cut short: fences what
 * is not fenced, removes the data, and the announcement last. Several may do so at once.
 *
 * It has begun if the name does not point to the collection, or if that is marked
 * as deleted: a late duplicate of the request that took the name can bring the
 * name back, but not the collection.
 *
 * @param goesOn asked between two requests of the removal
 */
export async function finishDeletion(
  components: CommitComponents,
  deletion: Deletion,
  goesOn: () => boolean,
): Promise<DeletionOutcome> {
  const { coordination, clock } = components
  const { uid, name, announcedMs } = deletion
  if ((await readName(coordination, name))?.uid === uid) {
    if (!(await isDeleted(coordination, uid))) {
      if (clock.now() - announcedMs < UNBEGUN_MS_MAX) return 'waiting'
      return (await callOff(components, deletion)) ? 'called_off' : 'waiting'
    }
    await coordination.delete(nameKey(name), [{ attribute: 'uid', is: 'equal', value: uid }])
  }
  await fenceCollection(components, uid)
  const outcome = await removeCollection(components, uid, goesOn)
  if (outcome === 'removed') await forgetDeletion(coordination, uid)
  return outcome
}

async function isDeleted(coordination: Coordination, uid: string): Promise<boolean> {
  const meta = await coordination.read(metaKey(uid), { consistent: true })
  return meta === undefined || decodeMeta(uid, meta.attributes).state === 'deleted'
}

/**
 * Takes an announcement back. Its age is advice only, because clocks differ and
 * whoever announced it may just be very slow (or frozen): no deletion can begin
 * without an announcement that stands.
 *
 * 1. The name is marked anew. A deletion frees the name only as it read it before
 *    it announced itself, so one that read it earlier is refused, and begins again
 *    with a new announcement.
 * 2. This very announcement is deleted. One that read the name after (1) has
 *    announced itself after that too, under another token, so its row stays or is yet to come.
 *
 * @returns false if the deletion was faster
 */
async function callOff({ coordination, random }: CommitComponents, { uid, name, token }: Deletion): Promise<boolean> {
  const change = { set: { keptAs: random.name() } }
  const reply = await coordination.write(nameKey(name), change, [{ attribute: 'uid', is: 'equal', value: uid }])
  if (reply === 'refused') return false
  await forgetDeletion(coordination, uid, token)
  return true
}

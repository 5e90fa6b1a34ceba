import type { Collection } from '../version/collection.ts'
import { collectionGone } from '../version/head.ts'
import { announceDeletion } from '../version/work-rows.ts'
import { makeBranch } from './branch-collection.ts'
import { readName } from './collection-rows.ts'
import { asCreation, type CreateComponents, takeName } from './create-collection.ts'
import { fenceCollection } from './delete-collection.ts'
import { listSnapshots } from './named-snapshots.ts'
import type { Past } from './past-versions.ts'

/**
 * Restores past content under the name of a collection. Creates a branch with that content and all snapshots, and moves the
 * name to the branch by one conditional write, so readers see either the old or the new collection as a whole. Then
 * deletes the old collection, except the shared objects. Writes to the old collection during the call are lost.
 *
 * The deletion is announced before the name moves, and begins only after the move. So an interrupted call is either
 * finished later or has no effect.
 *
 * @returns the uid of the old collection, whose data can now be removed
 * @throws the errors of `branchCollection`; ConflictError 'collection_changed' if the name has changed in the meantime
 * @throws {UnavailableError} if a request fails; the name may have moved already
 */
export async function restoreCollection(
  components: CreateComponents,
  collection: Collection,
  past: Past,
): Promise<string> {
  const { coordination, clock, random } = components
  const { name, uid: former } = collection
  const pointer = await readName(coordination, name)
  if (pointer?.uid !== former) throw collectionGone({ uid: former })
  await asCreation(components, name, async (uid) => {
    const snapshots = await listSnapshots(components, collection)
    await makeBranch(components, uid, { parent: collection, name, past, snapshots })
    await announceDeletion(coordination, { uid: former, name, announcedMs: clock.now(), token: random.name() })
    await takeName(components, name, uid, pointer)
  })
  await fenceCollection(components, former)
  return former
}

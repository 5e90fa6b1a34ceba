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
 * Puts a collection back to what it once held: makes a branch of that, with all its snapshots, and has the name point there
 * by one conditional write, so that readers see the old or the new as a whole. Then the old one is deleted,
 * as any collection is; what the new one shares with it stays. Writes that the old one takes while this goes on are not in the new one.
 *
 * The deletion is announced before the name is moved and never begins without that, so that one that is cut short is either finished or without effect.
 *
 * @returns the uid of the old one, whose data can now be removed
 * @throws as `branchCollection` does; ConflictError 'collection_changed' if somebody else has restored or recreated it
 * @throws {UnavailableError} if a row could not be reached; the name may have moved by then
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

import { NotFoundError } from '../errors.ts'
import type { Collection } from '../version/collection.ts'
import type { Freshness } from './snapshot.ts'
import type { Snapshots } from './snapshots.ts'

/**
 * Reads, and once more as of the newest version if an object was gone that the pinned one names: then
 * that version is kept no longer. A past one is looked for again, and found to be kept no longer.
 */
export async function restartIfCollected<T>(
  freshness: Freshness,
  read: (freshness: Freshness) => Promise<T>,
): Promise<T> {
  try {
    return await read(freshness)
  } catch (error) {
    if (!(error instanceof NotFoundError && error.code === 'object_not_found')) throw error
    return await read({ ...freshness, consistency: 'strong' })
  }
}

/**
 * Reads the collection that has a name, as {@link restartIfCollected} does; and once more if another has the
 * name by now, as after a restore: what this process knew of a name may be some seconds old.
 *
 * @throws {NotFoundError} 'collection_not_found'
 */
export async function readNamed<T>(
  shards: Snapshots,
  { name, freshness }: { readonly name: string; readonly freshness: Freshness },
  read: (collection: Collection, freshness: Freshness) => Promise<T>,
): Promise<T> {
  const collection = await shards.getCollection(name)
  try {
    return await restartIfCollected(freshness, (fresh) => read(collection, fresh))
  } catch (error) {
    if (!(error instanceof NotFoundError && error.code === 'collection_not_found')) throw error
    const newest = await shards.getCollection(name, 'fresh')
    if (newest.uid === collection.uid) throw error
    return restartIfCollected(freshness, (fresh) => read(newest, fresh))
  }
}

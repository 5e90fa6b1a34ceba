import { NotFoundError } from '../errors.ts'
import { isMissingObject, lostObject } from '../storage/missing-object.ts'
import type { Collection } from '../version/collection.ts'
import type { Freshness } from './snapshot.ts'
import type { Snapshots } from './snapshots.ts'

/** Whether a read may still begin again on the newest version. On the second one, an object that is gone is lost. */
export type Attempt = 'first' | 'second'

export type ReadOnce<T> = (freshness: Freshness, attempt: Attempt) => Promise<T>

/**
 * Reads. If an object is gone that the pinned version names, that version is no longer kept: reads once more, of the
 * newest version. A past version is looked for again, and found to be no longer kept.
 *
 * @throws {CorruptDataError} 'object_lost' if an object of the newest version is gone as well
 */
export async function restartIfCollected<T>(freshness: Freshness, read: ReadOnce<T>): Promise<T> {
  try {
    return await read(freshness, 'first')
  } catch (error) {
    if (!isMissingObject(error)) throw error
  }
  try {
    return await read({ ...freshness, consistency: 'strong' }, 'second')
  } catch (error) {
    throw isMissingObject(error) ? lostObject(error) : error
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
  read: (collection: Collection, ...attempt: Parameters<ReadOnce<T>>) => Promise<T>,
): Promise<T> {
  const collection = await shards.getCollection(name)
  try {
    return await restartIfCollected(freshness, (...attempt) => read(collection, ...attempt))
  } catch (error) {
    if (!(error instanceof NotFoundError && error.code === 'collection_not_found')) throw error
    const newest = await shards.getCollection(name, 'fresh')
    if (newest.uid === collection.uid) throw error
    return restartIfCollected(freshness, (...attempt) => read(newest, ...attempt))
  }
}

import { NotFoundError } from '../errors.ts'
import { isMissingObject, lostObject } from '../storage/missing-object.ts'
import type { Collection } from '../version/collection.ts'
import type { Freshness } from './snapshot.ts'
import type { Snapshots } from './snapshots.ts'

/** The first attempt of a read may be repeated on the newest version. In the second attempt, a missing object is lost. */
export type Attempt = 'first' | 'second'

export type ReadOnce<T> = (freshness: Freshness, attempt: Attempt) => Promise<T>

/**
 * Reads, and reads the newest version once more if an object of the pinned version is gone, because that version is no
 * longer kept. For a past version, the second attempt finds that it is no longer kept.
 *
 * @throws {CorruptDataError} 'object_lost' if an object of the newest version is gone too
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
 * Reads the collection with the given name as {@link restartIfCollected} does. Reads once more if another collection has
 * the name by now, as after a restore: the cached uid of a name may be some seconds old.
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

import { NotFoundError } from '../errors.ts'
import type { Freshness } from '../shard/shards.ts'

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

import { InvalidRequestError } from '../errors.ts'
import type { CollectGarbageAnswer, CollectGarbageProgress, CollectGarbageRequest } from './engine.ts'
import type { Shards } from './shards.ts'

const NO_DELETIONS = { collections: 0, removed: 0, pinned: 0, waiting: 0, called_off: 0, failed: 0, left: 0 }

/** Finishes deletions first, because they free the most, and then collects live collections. */
export async function collectGarbage(
  shards: Shards,
  { collection: name, retention_ms: retentionMs, dry_run: isDryRun = false }: CollectGarbageRequest = {},
  report?: (progress: CollectGarbageProgress) => void,
): Promise<CollectGarbageAnswer> {
  if (retentionMs !== undefined && !(retentionMs >= 0 && Number.isFinite(retentionMs))) {
    throw new InvalidRequestError(
      'invalid_retention',
      `retention_ms must be a number of at least 0, got ${retentionMs}`,
    )
  }
  const collections = name === undefined ? {} : { collections: [await shards.getCollection(name, 'fresh')] }
  const deletions = name === undefined && !isDryRun ? await finishDeletions(shards) : NO_DELETIONS
  return { ...deletions, garbage: await shards.collectGarbage({ ...collections, retentionMs, isDryRun }, report) }
}

async function finishDeletions(shards: Shards): Promise<typeof NO_DELETIONS> {
  const { calledOff, ...counts } = await shards.collectDeleted()
  return { ...counts, called_off: calledOff }
}

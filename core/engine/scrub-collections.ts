import { scrub } from '../repair/scrub.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { HeadComponents } from '../version/head.ts'
import type { ScrubAnswer, ScrubRequest } from './engine.ts'
import type { Shards } from './shards.ts'

/** Scrubs one collection or all collections, without a cache. */
export async function scrubCollections(
  { store, plainStore = store, coordination }: HeadComponents & { readonly plainStore?: ObjectStore },
  shards: Shards,
  { collection, ...request }: ScrubRequest = {},
): Promise<ScrubAnswer> {
  const collections =
    collection === undefined ? await shards.listCollections() : [await shards.getCollection(collection, 'fresh')]
  const { damageCount, pinnedVersions, isStopped, ...report } = await scrub(
    { store: plainStore, coordination },
    collections,
    request,
  )
  return { ...report, pinned_versions: pinnedVersions, damage_count: damageCount, stopped: isStopped }
}

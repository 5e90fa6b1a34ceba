import type { ObjectStore } from '../storage/object-store.ts'
import type { ShardRef } from '../version/collection.ts'
import { readManifestObject } from '../version/head.ts'
import { type Manifest, originsOf } from '../version/manifest.ts'
import { committedKey, manifestKey } from '../version/object-names.ts'
import type { Pin } from '../version/pins.ts'

/** What versions of a shard consist of. */
export type Needed = {
  /** Of the shard's own objects, as {@link listShard} has their names. */
  readonly names: ReadonlySet<string>
  /** Whether any of the versions names objects of other shards. */
  readonly sharesOthers: boolean
}

export function neededBy(manifests: readonly Manifest[]): Needed {
  const names = new Set<string>()
  let sharesOthers = false
  for (const manifest of manifests) {
    names.add(manifestKey(manifest)).add(committedKey(manifest))
    // Names are used once in all shards, so that those of other shards' objects are in nobody's way.
    for (const { name, tombstones } of manifest.segments) {
      names.add(`seg/${name}`)
      if (tombstones) names.add(tombstones.object)
    }
    sharesOthers ||= originsOf(manifest).size > 0
  }
  return { names, sharesOthers }
}

/** @throws {NotFoundError} 'object_not_found' if one is gone */
export async function readPinned(store: ObjectStore, ref: ShardRef, pins: readonly Pin[]): Promise<Manifest[]> {
  const pinned: Manifest[] = []
  for (const pin of pins) pinned.push(await readManifestObject(store, ref, manifestKey(pin)))
  return pinned
}

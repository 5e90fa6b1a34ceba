import type { SegmentFile } from '../segment/format/segment-entry.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { ShardRef } from '../version/collection.ts'
import { type Head, readManifestObject } from '../version/head.ts'
import { readRetained } from '../version/history.ts'
import { type Manifest, objectsOf, originsOf } from '../version/manifest.ts'
import { committedKey, manifestKey } from '../version/object-names.ts'
import type { Pin } from '../version/pins.ts'
import type { ShardObject } from '../version/shard-objects.ts'

/** The objects that versions of a shard consist of. */
export type Needed = {
  /** Names of the shard's own objects, as in {@link listShard}. */
  readonly names: ReadonlySet<string>
  /** Whether any of the versions names objects of other shards. */
  readonly sharesOthers: boolean
}

export function neededBy(manifests: readonly Manifest[]): Needed {
  const names = new Set<string>()
  let sharesOthers = false
  for (const manifest of manifests) {
    names.add(manifestKey(manifest)).add(committedKey(manifest))
    // Names are unique across shards, so names of other shards' objects do no harm here.
    for (const name of namesOf(manifest.segments)) names.add(name)
    sharesOthers ||= originsOf(manifest).size > 0
  }
  return { names, sharesOthers }
}

/** Names as in {@link listShard}: names without a folder belong to `seg/`. */
function namesOf(segments: readonly SegmentFile[]): string[] {
  return objectsOf({ segments }).map((name) => (name.includes('/') ? name : `seg/${name}`))
}

/** Decides which objects of a shard belong to no version that the head keeps. */
export type Unneeded = {
  readonly isUnneeded: (object: ShardObject) => boolean
  /** Whether a kept version names objects of other shards. */
  readonly sharesOthers: boolean
}

/**
 * Finds the objects of the retained versions, the pinned versions and the pending writes. An object also counts as needed
 * if {@link readRetained} cannot rule out that a version that was not read names it.
 *
 * @throws {NotFoundError} 'object_not_found' if a version that the head keeps is missing: then nothing may be removed
 */
export async function findUnneeded(store: ObjectStore, ref: ShardRef, head: Head): Promise<Unneeded> {
  const { retainedFrom: from, pins, pending, manifest: newest } = head
  const { manifests, decidedBelow } = await readRetained(store, ref, { head, from })
  const pinned = await readPinned(store, ref, pins)
  const { names, sharesOthers } = neededBy([...manifests, ...pinned])
  // The commit that will include these writes names their objects, however old the objects are by then.
  const waiting = new Set(namesOf(pending.flatMap(({ file }) => (file ? [file] : []))))
  const readsAll = decidedBelow === Number.POSITIVE_INFINITY
  const isUnneeded = ({ kind, name, base }: ShardObject) => {
    if (names.has(name) || waiting.has(name)) return false
    // An object based on the newest version can belong only to a later version.
    if (readsAll || base >= newest.version) return true
    const isRecord = kind === 'manifests' || kind === 'committed'
    return base < (isRecord ? from : decidedBelow)
  }
  return { isUnneeded, sharesOthers }
}

/** @throws {NotFoundError} 'object_not_found' if the manifest of a pinned version is missing */
export async function readPinned(store: ObjectStore, ref: ShardRef, pins: readonly Pin[]): Promise<Manifest[]> {
  const pinned: Manifest[] = []
  for (const pin of pins) pinned.push(await readManifestObject(store, ref, pin))
  return pinned
}

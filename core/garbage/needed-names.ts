import type { SegmentFile } from '../segment/format/segment-entry.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { ShardRef } from '../version/collection.ts'
import { type Head, readManifestObject } from '../version/head.ts'
import { readRetained } from '../version/history.ts'
import { type Manifest, objectsOf, originsOf } from '../version/manifest.ts'
import { committedKey, manifestKey } from '../version/object-names.ts'
import type { Pin } from '../version/pins.ts'
import type { ShardObject } from '../version/shard-objects.ts'

/** The objects of which versions of a shard consist. */
export type Needed = {
  /** Names of the shard's own objects, as {@link listShard} has them. */
  readonly names: ReadonlySet<string>
  /** Whether any of the versions names objects of other shards. */
  readonly sharesOthers: boolean
}

export function neededBy(manifests: readonly Manifest[]): Needed {
  const names = new Set<string>()
  let sharesOthers = false
  for (const manifest of manifests) {
    names.add(manifestKey(manifest)).add(committedKey(manifest))
    // Names are unique over all shards, so names of other shards' objects do no harm here.
    for (const name of namesOf(manifest.segments)) names.add(name)
    sharesOthers ||= originsOf(manifest).size > 0
  }
  return { names, sharesOthers }
}

/** Names as {@link listShard} has them: `seg/` is the folder of those without one. */
function namesOf(segments: readonly SegmentFile[]): string[] {
  return objectsOf({ segments }).map((name) => (name.includes('/') ? name : `seg/${name}`))
}

/** Which of a shard's objects no version that its head keeps consists of. */
export type Unneeded = {
  readonly isUnneeded: (object: ShardObject) => boolean
  /** Whether a version that is kept names objects of other shards. */
  readonly sharesOthers: boolean
}

/**
 * Finds the objects of the retained and pinned versions, and of the writes that wait. An object counts as needed as long
 * as {@link readRetained} cannot rule out that a version names it that was not read.
 *
 * @throws {NotFoundError} 'object_not_found' if a version that the head keeps is gone: then nothing may be removed
 */
export async function findUnneeded(store: ObjectStore, ref: ShardRef, head: Head): Promise<Unneeded> {
  const { retainedFrom: from, pins, pending, manifest: newest } = head
  const { manifests, decidedBelow } = await readRetained(store, ref, { head, from })
  const pinned = await readPinned(store, ref, pins)
  const { names, sharesOthers } = neededBy([...manifests, ...pinned])
  // The commit that includes these writes may name their objects, however old they are by then.
  const waiting = new Set(namesOf(pending.flatMap(({ file }) => (file ? [file] : []))))
  const readsAll = decidedBelow === Number.POSITIVE_INFINITY
  const isUnneeded = ({ kind, name, base }: ShardObject) => {
    if (names.has(name) || waiting.has(name)) return false
    // A writer on the newest version can only have committed above it.
    if (readsAll || base >= newest.version) return true
    const isRecord = kind === 'manifests' || kind === 'committed'
    return base < (isRecord ? from : decidedBelow)
  }
  return { isUnneeded, sharesOthers }
}

/** @throws {NotFoundError} 'object_not_found' if one is gone */
export async function readPinned(store: ObjectStore, ref: ShardRef, pins: readonly Pin[]): Promise<Manifest[]> {
  const pinned: Manifest[] = []
  for (const pin of pins) pinned.push(await readManifestObject(store, ref, pin))
  return pinned
}

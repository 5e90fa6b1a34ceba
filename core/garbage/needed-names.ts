import type { SegmentFile } from '../segment/format/segment-entry.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { ShardRef } from '../version/collection.ts'
import { type Head, readManifestObject } from '../version/head.ts'
import { readRetained } from '../version/history.ts'
import { type Manifest, objectsOf, originsOf } from '../version/manifest.ts'
import { committedKey, manifestKey } from '../version/object-names.ts'
import type { Pin } from '../version/pins.ts'
import type { ShardObject } from '../version/shard-objects.ts'

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
 * Looks what the retained and the pinned versions consist of, and the writes that wait. An object that only versions
 * name which are not read counts as needed for as long as {@link readRetained} cannot rule that out.
 *
 * @throws {NotFoundError} 'object_not_found' if a version that the head keeps is gone: then nothing may be removed
 */
export async function findUnneeded(store: ObjectStore, ref: ShardRef, head: Head): Promise<Unneeded> {
  const { retainedFrom: from, pins, pending, manifest: newest } = head
  const { manifests, decidedBelow } = await readRetained(store, ref, { head, from })
  const pinned = await readPinned(store, ref, pins)
  const { names, sharesOthers } = neededBy([...manifests, ...pinned])
  // The commit that takes these along may name them however old they are by then.
  const waiting = new Set(namesOf(pending.flatMap(({ file }) => (file ? [file] : []))))
  const readsAll = decidedBelow === Number.POSITIVE_INFINITY
  const isUnneeded = ({ kind, name, base }: ShardObject) => {
    if (names.has(name) || waiting.has(name)) return false
    // Who stood on the newest version can only have committed above it.
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

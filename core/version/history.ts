import type { ObjectStore } from '../storage/object-store.ts'
import type { ShardRef } from './collection.ts'
import { type Head, readManifestObject } from './head.ts'
import type { Manifest } from './manifest.ts'

/** So many versions or fewer are all read; of more only some. */
export const READ_ALL_MAX = 8

/** Some of the versions of a shard that are kept, and what is known of the others without reading them. */
export type Retained = {
  /** The oldest, the newest, and some in between. */
  readonly manifests: readonly Manifest[]
  /** What the other versions name of a lower base is named by one of `manifests` too. Infinite if there are no others. */
  readonly decidedBelow: number
}

/**
 * Looks what the committed versions from `from` to the head's name. Reads a number of manifests that grows with the
 * logarithm of the number of versions: their predecessors say how old the objects were that came in between.
 *
 * @throws {NotFoundError} 'object_not_found' if a manifest is gone
 * @throws {CorruptDataError}
 */
export async function readRetained(
  store: ObjectStore,
  ref: ShardRef,
  { head, from }: { readonly head: Head; readonly from: number },
): Promise<Retained> {
  const readsAll = head.manifest.version - from < READ_ALL_MAX
  const manifests = [head.manifest]
  let decidedBelow = Number.POSITIVE_INFINITY
  for (let manifest = head.manifest; ; manifests.push(manifest)) {
    const kept = manifest.predecessors.filter(({ version }) => version >= from)
    const [nearest] = kept
    if (nearest === undefined) return { manifests, decidedBelow }
    const next = readsAll ? nearest : kept.at(-1)!
    if (next !== nearest) decidedBelow = Math.min(decidedBelow, next.oldestBase)
    manifest = await readManifestObject(store, ref, next)
  }
}

/**
 * The committed manifest of a version that is kept, or the newest one before it
 * (versions may have been skipped when a table was rebuilt). As many reads as the distance has digits in binary.
 *
 * @param version from 1 to the head's
 * @throws {NotFoundError} 'object_not_found' if it was collected
 */
export async function readVersion(
  store: ObjectStore,
  ref: ShardRef,
  { head, version }: { readonly head: Head; readonly version: number },
): Promise<Manifest | undefined> {
  let manifest = head.manifest
  while (manifest.version > version) {
    const { predecessors } = manifest
    // The farthest that is not too old; if all are, the newest of those before it.
    const step =
      predecessors.findLast((older) => older.version >= version) ??
      predecessors.find((older) => older.version < version)
    if (!step) return undefined
    manifest = await readManifestObject(store, ref, step)
  }
  return manifest
}

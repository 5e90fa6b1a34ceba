import type { ObjectStore } from '../storage/object-store.ts'
import type { ShardRef } from './collection.ts'
import { type Head, readManifestObject } from './head.ts'
import type { Manifest } from './manifest.ts'

/** Up to so many versions are all read; of more versions, only some. */
export const READ_ALL_MAX = 8

/** Some of the kept versions of a shard, and what is known about the others without reading them. */
export type Retained = {
  /** The newest, the oldest, and some in between. */
  readonly manifests: readonly Manifest[]
  /** Every object with a lower base that another version names is also named in `manifests`. Infinite if there are no other versions. */
  readonly decidedBelow: number
}

/**
 * Finds what the committed versions from `from` to the head's name. The number of manifests that it reads grows with the
 * logarithm of the number of versions: their lists of predecessors bound the bases of new objects of the versions in between.
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
 * Reads the committed manifest of a kept version, or of the newest version before it, because versions
 * are skipped when a table is rebuilt. The number of reads grows with the logarithm of the distance to the head.
 *
 * @param version from 1 to the head's
 * @throws {NotFoundError} 'object_not_found' if the manifest was collected
 */
export async function readVersion(
  store: ObjectStore,
  ref: ShardRef,
  { head, version }: { readonly head: Head; readonly version: number },
): Promise<Manifest | undefined> {
  let manifest = head.manifest
  while (manifest.version > version) {
    const { predecessors } = manifest
    // The oldest predecessor that is not too old; if all are too old, the newest of them.
    const step =
      predecessors.findLast((older) => older.version >= version) ??
      predecessors.find((older) => older.version < version)
    if (!step) return undefined
    manifest = await readManifestObject(store, ref, step)
  }
  return manifest
}

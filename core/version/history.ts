import { CorruptDataError, NotFoundError } from '../errors.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { ShardRef } from './collection.ts'
import { type Head, readManifestObject } from './head.ts'
import type { Manifest } from './manifest.ts'
import { manifestKey } from './object-names.ts'

/** Manifests read side by side. */
const READS_AT_ONCE = 32

/**
 * The committed manifests from the head's back to version `from`, newest first.
 * Attempts that lost their race lie beside them under the same versions: only the
 * chain of predecessors says which of them was committed. All that are `listed` are
 * read side by side and then followed, so that a long chain does not take one round each.
 *
 * @param listed keys of manifests below the shard's prefix; what is missing there is read all the same
 * @throws {NotFoundError} 'object_not_found' if one is gone
 */
export async function readChain(
  store: ObjectStore,
  ref: ShardRef,
  { head, from, listed }: { readonly head: Head; readonly from: number; readonly listed: readonly string[] },
): Promise<Manifest[]> {
  const read = new Map<string, Manifest>()
  for (let i = 0; i < listed.length; i += READS_AT_ONCE) {
    const some = listed.slice(i, i + READS_AT_ONCE).filter((key) => key !== manifestKey(head.manifest))
    const manifests = await Promise.all(some.map((key) => findManifest(store, ref, key)))
    for (const [at, key] of some.entries()) if (manifests[at]) read.set(key, manifests[at])
  }
  const chain = [head.manifest]
  for (let manifest = head.manifest; ; ) {
    const [previous] = manifest.predecessors
    if (previous === undefined || previous.version < from) return chain
    if (previous.version >= manifest.version) {
      throw new CorruptDataError('corrupt_manifest', `version ${manifest.version} follows ${previous.version}`)
    }
    const key = manifestKey(previous)
    manifest = read.get(key) ?? (await readManifestObject(store, ref, key))
    chain.push(manifest)
  }
}

/** An attempt that was listed may have been collected since; one that was committed is missed when its turn comes. */
async function findManifest(store: ObjectStore, ref: ShardRef, key: string): Promise<Manifest | undefined> {
  try {
    return await readManifestObject(store, ref, key)
  } catch (error) {
    if (error instanceof NotFoundError) return undefined
    throw error
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
    manifest = await readManifestObject(store, ref, manifestKey(step))
  }
  return manifest
}

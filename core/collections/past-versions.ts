import type { EpochMs } from '../clock.ts'
import type { Coordination } from '../coordination/coordination.ts'
import { type ErrorDetails, InvalidRequestError, NotFoundError } from '../errors.ts'
import { quote } from '../quote.ts'
import { isMissingObject } from '../storage/missing-object.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { notRetained } from '../version/change-pins.ts'
import type { Collection, ShardRef } from '../version/collection.ts'
import { type Head, readHead, readManifestObject } from '../version/head.ts'
import { readVersion } from '../version/history.ts'
import type { Manifest } from '../version/manifest.ts'
import type { ManifestId } from '../version/object-names.ts'
import { manifestKey } from '../version/object-names.ts'
import { listManifests } from '../version/shard-objects.ts'
import { getSnapshot } from './named-snapshots.ts'

/** Which past content to read: given versions, one per shard; the content at a time; or a named snapshot. */
export type Past =
  | { readonly versions: readonly number[] }
  | { readonly timeMs: EpochMs }
  | { readonly snapshot: string }

type PastOf = Pick<Collection, 'name' | 'uid' | 'shardCount' | 'createdMs' | 'parent'>

type Components = { readonly store: ObjectStore; readonly coordination: Coordination }

/** Finds the past version of one shard, given its head. */
export type FindPast = (ref: ShardRef, head: Head) => Promise<Manifest>

/**
 * Resolves a requested past content of a collection once, for all its shards.
 *
 * @returns a function whose errors are the last two below
 * @throws {NotFoundError} 'snapshot_not_found'
 * @throws {NotFoundError} 'version_not_retained' for versions that may have been collected
 * @throws {InvalidRequestError} 'invalid_versions' if there is not one version per shard, or one is not from 1 to the newest
 */
export async function openPast(components: Components, collection: PastOf, past: Past): Promise<FindPast> {
  const { store } = components
  if ('timeMs' in past) return (ref, head) => versionAt(components, collection, { ref, head, timeMs: past.timeMs })
  if ('snapshot' in past) {
    const { versions } = await getSnapshot(components, collection, past.snapshot)
    return (ref, head) => pinnedVersion(store, ref, head, versions[ref.shard]!)
  }
  const { versions } = past
  if (versions.length !== collection.shardCount) {
    throw new InvalidRequestError(
      'invalid_versions',
      `at_version must have one version per shard, ${collection.shardCount} in all, got ${versions.length}`,
    )
  }
  return (ref, head) => numberedVersion(store, ref, head, versions[ref.shard]!)
}

async function numberedVersion(store: ObjectStore, ref: ShardRef, head: Head, version: number): Promise<Manifest> {
  if (version === head.manifest.version) return head.manifest
  if (!(Number.isInteger(version) && version >= 1 && version < head.manifest.version)) {
    throw new InvalidRequestError(
      'invalid_versions',
      `at_version must be from 1 to ${head.manifest.version} for shard ${ref.shard}, got ${version}`,
    )
  }
  const pin = head.pins.find((one) => one.version === version)
  if (pin) return pinnedVersion(store, ref, head, pin)
  if (version < head.retainedFrom) throw notRetained(ref, version, head.retainedFrom)
  const manifest = await orNotRetained(ref, head, version, () => readVersion(store, ref, { head, version }))
  if (manifest?.version !== version) throw notRetained(ref, version, head.retainedFrom)
  return manifest
}

function pinnedVersion(store: ObjectStore, ref: ShardRef, head: Head, id: ManifestId): Promise<Manifest> {
  if (head.manifest.commitId === id.commitId) return Promise.resolve(head.manifest)
  return orNotRetained(ref, head, id.version, () => readManifestObject(store, ref, id))
}

/**
 * Finds the newest version that was uploaded at or before a time, by the store's own clock. A manifest is uploaded before
 * its commit, so the version contains every write acknowledged by that time, and no write that began later. Costs one
 * listing, one read of the head and a few reads of manifests.
 */
async function versionAt(
  components: Components,
  collection: PastOf,
  { ref, head, timeMs }: { readonly ref: ShardRef; readonly head: Head; readonly timeMs: EpochMs },
): Promise<Manifest> {
  const { store } = components
  const uploadedMs = new Map<string, EpochMs>()
  let newest = 0
  for (const { key, base, modifiedMs } of await listManifests(store, ref)) {
    uploadedMs.set(key, modifiedMs)
    if (modifiedMs <= timeMs) newest = Math.max(newest, base + 1)
  }
  // Read after the listing, so every retained version was there to be listed. Otherwise the right version might have been
  // collected before the listing, and an older pinned version would be returned in its place.
  const { retainedFrom } = await readHead(components, ref, head)
  // The manifest of a lost attempt may have been uploaded by that time, and the committed manifest only later.
  for (let version = Math.min(newest, head.manifest.version); version >= retainedFrom; version--) {
    const from = version
    const manifest = await orNotRetained(ref, head, from, () => readVersion(store, ref, { head, version: from }))
    if (manifest === undefined) break
    if ((uploadedMs.get(manifestKey(manifest)) ?? Number.POSITIVE_INFINITY) <= timeMs) return manifest
    version = manifest.version
  }
  const details = { shard: ref.shard, retained_from: retainedFrom }
  if (timeMs < collection.createdMs) throw notCreatedYet(collection, timeMs, details)
  const message = `the content of shard ${ref.shard} at ${new Date(timeMs).toISOString()} is no longer kept`
  throw new NotFoundError('version_not_retained', message, { details })
}

function notCreatedYet({ name, createdMs, parent }: PastOf, timeMs: EpochMs, details: ErrorDetails): NotFoundError {
  const [time, createdAt] = [timeMs, createdMs].map((ms) => new Date(ms).toISOString())
  const why =
    parent === undefined
      ? `it did not exist yet, it was created at ${createdAt}`
      : `its history begins at ${createdAt}, with the branch or the restore that made it`
  return new NotFoundError('version_not_retained', `collection ${quote(name)} has no content of ${time}: ${why}`, {
    details: { ...details, created_at: createdAt },
  })
}

/** Garbage collection may remove a manifest after the read of the head. */
async function orNotRetained<T>(ref: ShardRef, head: Head, version: number, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (!isMissingObject(error)) throw error
    throw notRetained(ref, version, head.retainedFrom)
  }
}

import { addPin } from '../version/change-pins.ts'
import { type ShardRef, shardPrefix } from '../version/collection.ts'
import type { CommitComponents } from '../version/commit.ts'
import { headKey, newHeadAttributes, readHead, readManifestObject } from '../version/head.ts'
import { branchManifest, type Manifest } from '../version/manifest.ts'
import { encodeManifest } from '../version/manifest-codec.ts'
import { committedKey, type ManifestId, manifestKey } from '../version/object-names.ts'
import type { Pin } from '../version/pins.ts'
import { branchHolder } from './branch-pins.ts'
import { pinNewest } from './named-snapshots.ts'
import type { FindPast } from './past-versions.ts'

/** Of which versions of a shard a branch is made. */
export type BranchFrom = {
  /** The collection that it is a branch of. */
  readonly parent: string
  /** Finds the version that it begins with; without it the newest one. */
  readonly findPast: FindPast | undefined
  /** Versions of snapshots that come along, oldest first, and who holds them in the branch. */
  readonly snapshots: readonly Pin[]
}

/** What one shard of a branch shares, and what it became. */
export type BranchedShard = {
  /** Versions of the parent, each pinned there once. */
  readonly shared: readonly ManifestId[]
  /** Versions of the branch: one a snapshot that came along, and then the one that it begins with. */
  readonly versions: readonly ManifestId[]
}

/**
 * Creates one shard of a branch: pins the shared versions in the parent's head, and then writes a manifest for each of
 * them, and a head. One document takes as many requests as a million.
 *
 * @throws {NotFoundError} 'version_not_retained', 'collection_not_found' if the parent was deleted
 * @throws {LimitExceededError} 'too_many_pins'
 */
export async function branchShard(
  components: CommitComponents,
  ref: ShardRef,
  { parent, findPast, snapshots }: BranchFrom,
): Promise<BranchedShard> {
  const { store, coordination, random } = components
  const parentRef = { uid: parent, shard: ref.shard }
  const sources: Manifest[] = []
  for (const snapshot of snapshots) {
    await pinFor(components, ref.uid, parentRef, snapshot)
    sources.push(await readManifestObject(store, parentRef, snapshot))
  }
  sources.push(
    findPast
      ? await pinPast(components, ref.uid, parentRef, findPast)
      : await pinNewest(components, parentRef, (version) => branchHolder(ref.uid, version)),
  )

  const made: Manifest[] = []
  for (const source of sources) {
    made.push(branchManifest(random.name(), source, { prefix: shardPrefix(parentRef), previous: made.at(-1) }))
  }
  const newest = made.at(-1)!
  for (const manifest of made) await store.put(shardPrefix(ref) + manifestKey(manifest), encodeManifest(manifest))
  const versions = made.map(({ version, commitId }) => ({ version, commitId }))
  const pins = snapshots.map(({ holder }, i) => ({ holder, ...versions[i]! }))
  const attributes = { ...newHeadAttributes(ref, newest), retainedFrom: newest.version, pins }
  // The uid is new and ours alone, so a refusal can only answer our own second attempt.
  await coordination.write(headKey(ref), { set: attributes }, [{ attribute: 'version', is: 'absent' }])
  // Version 1 of a shard needs no proof that it was committed.
  if (newest.version > 1) await store.put(shardPrefix(ref) + committedKey(newest), new Uint8Array(0))
  const shared = new Map(sources.map(({ version, commitId }) => [commitId, { version, commitId }]))
  return { shared: [...shared.values()], versions }
}

async function pinPast(
  components: CommitComponents,
  branch: string,
  parentRef: ShardRef,
  findPast: FindPast,
): Promise<Manifest> {
  const manifest = await findPast(parentRef, await readHead(components, parentRef))
  await pinFor(components, branch, parentRef, manifest)
  return manifest
}

function pinFor(
  components: CommitComponents,
  branch: string,
  parentRef: ShardRef,
  { version, commitId }: ManifestId,
): Promise<void> {
  return addPin(components, parentRef, { holder: branchHolder(branch, version), version, commitId })
}

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

/** The versions that a shard of a branch is made from. */
export type BranchFrom = {
  /** Uid of the parent. */
  readonly parent: string
  /** Finds the version that the shard starts with. Undefined means the newest version. */
  readonly findPast: FindPast | undefined
  /** The copied snapshots, oldest first: their versions in the parent, and the holders of their pins in the branch. */
  readonly snapshots: readonly Pin[]
}

/** The shared versions of one shard of a branch, and the versions made from them. */
export type BranchedShard = {
  /** Versions of the parent, each with one pin. */
  readonly shared: readonly ManifestId[]
  /** Versions of the branch: one per copied snapshot, then the one that the shard starts with. */
  readonly versions: readonly ManifestId[]
}

/**
 * Creates one shard of a branch: pins the shared versions in the parent's head, writes a manifest for each of them, then
 * writes a head. The number of requests does not depend on the number of documents.
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
  // No other process writes to this new uid, so a refusal can only be the reply to our own retry.
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

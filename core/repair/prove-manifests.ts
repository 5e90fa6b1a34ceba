import { CorruptDataError, NotFoundError } from '../errors.ts'
import { tombstonesObject } from '../segment/format/tombstones.ts'
import { filesOf } from '../segment/read/segment-files.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import { type ShardRef, shardPrefix } from '../version/collection.ts'
import { readManifestObject } from '../version/head.ts'
import type { Manifest } from '../version/manifest.ts'
import type { ManifestId } from '../version/object-names.ts'
import type { StoredManifest, StoredShard } from './list-stored.ts'

export type ManifestCandidate = { readonly manifest: Manifest; readonly stored: StoredManifest }

/** What the bucket says about the history of a shard. */
export type Proof = {
  /** The newest version that was committed for certain; undefined if its manifest cannot be read. */
  readonly proven: Manifest | undefined
  /** The newest one whose manifest can be read: the same, unless something is lost. */
  readonly readable: Manifest | undefined
  readonly provenId: ManifestId
  /** Attempts to commit on top of it, in the order of their uploads. At most one of them was committed. */
  readonly candidates: readonly ManifestCandidate[]
  /** Highest version of any manifest, committed or not. */
  readonly versionMax: number
  /** Doubts that people should know of. */
  readonly doubts: readonly string[]
}

/**
 * Judges which versions were committed. A writer builds on the head alone, so every
 * manifest proves all those that it names as predecessors, whether it was committed
 * itself or not; a marker proves its own. Above the newest proven version there can
 * be one committed version at most: of two, the second one's manifest, uploaded
 * before its commit, would prove the first.
 *
 * @returns undefined if there is no manifest of the shard at all
 * @throws {UnavailableError}
 */
export async function proveManifests(
  store: ObjectStore,
  ref: ShardRef,
  stored: StoredShard,
): Promise<Proof | undefined> {
  const doubts: string[] = []
  const versionMax = stored.manifests.at(-1)?.version
  if (versionMax === undefined) return undefined
  const read: ManifestCandidate[] = []
  for (const one of stored.manifests) {
    const manifest = await readOrDoubt(store, ref, one, doubts)
    if (manifest) read.push({ manifest, stored: one })
  }
  const provenIds = new Map<string, ManifestId>()
  const first = stored.manifests.filter(({ version }) => version === 1)
  // Version 1 is made with the shard, by its creator alone, and its head right after.
  for (const id of [...stored.markers, ...first, ...read.flatMap(({ manifest }) => manifest.predecessors)])
    provenIds.set(id.commitId, { version: id.version, commitId: id.commitId })

  const newestFirst = [...provenIds.values()].sort((a, b) => b.version - a.version)
  const [provenId] = newestFirst
  if (provenId === undefined) return undefined
  const twice = newestFirst.find(({ version }, i) => newestFirst[i + 1]?.version === version)
  if (twice) doubts.push(`version ${twice.version} was committed twice: two tables have been used with this bucket`)
  const proven = read.find(({ manifest }) => manifest.commitId === provenId.commitId)?.manifest
  const readable = read.findLast(({ manifest }) => provenIds.has(manifest.commitId))?.manifest
  const above = read.filter(({ manifest }) => manifest.version > provenId.version)
  const candidates: ManifestCandidate[] = []
  for (const one of above) {
    const { version, commitId, predecessors } = one.manifest
    if (predecessors[0]?.commitId !== provenId.commitId) {
      doubts.push(`version ${version} by ${commitId} builds on another version than the newest: left out`)
      continue
    }
    const gone = await findMissing(store, ref, one.manifest, proven)
    // The commit comes after all uploads: if one of them is missing, there was no commit.
    if (gone === undefined) candidates.push(one)
    else doubts.push(`version ${version} by ${commitId} was never committed, for ${gone} is not there: left out`)
  }
  candidates.sort(
    (a, b) => a.stored.modifiedMs - b.stored.modifiedMs || (a.manifest.commitId < b.manifest.commitId ? -1 : 1),
  )
  return { proven, readable, provenId, candidates, versionMax: Math.max(versionMax, provenId.version), doubts }
}

/**
 * An object that a manifest names, that `base` does not name, and that is missing or incomplete. Takes one small request
 * for each object.
 */
export async function findMissing(
  store: ObjectStore,
  ref: ShardRef,
  manifest: Manifest,
  base: Manifest | undefined,
): Promise<string | undefined> {
  const prefix = shardPrefix(ref)
  const known = new Set(base?.segments.flatMap((entry) => filesOf(prefix, entry).map(({ key }) => key)))
  const knownTombstones = new Set(base?.segments.map(({ tombstones }) => tombstones?.object))
  const ends = new Map<string, number>()
  for (const entry of manifest.segments) {
    const { tombstones } = entry
    for (const { key, byteSize } of filesOf(prefix, entry)) if (!known.has(key)) ends.set(key, byteSize)
    if (tombstones && !knownTombstones.has(tombstones.object)) {
      const key = tombstonesObject(prefix, tombstones)
      ends.set(key, Math.max(ends.get(key) ?? 0, tombstones.end))
    }
  }
  for (const [key, end] of ends) if (!(await reaches(store, key, end))) return key
  return undefined
}

async function reaches(store: ObjectStore, key: string, end: number): Promise<boolean> {
  try {
    return (await store.get(key, { start: Math.max(0, end - 1), end })).length > 0
  } catch (error) {
    if (error instanceof NotFoundError) return false
    throw error
  }
}

async function readOrDoubt(
  store: ObjectStore,
  ref: ShardRef,
  id: ManifestId,
  doubts: string[],
): Promise<Manifest | undefined> {
  try {
    return await readManifestObject(store, ref, id)
  } catch (error) {
    if (!(error instanceof CorruptDataError || error instanceof NotFoundError)) throw error
    doubts.push(`${error.message}: left out`)
    return undefined
  }
}

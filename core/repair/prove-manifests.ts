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

/** What the bucket proves about the history of a shard. */
export type Proof = {
  /** The newest version that was certainly committed; undefined if its manifest cannot be read. */
  readonly proven: Manifest | undefined
  /** The newest certainly committed version with a readable manifest. It equals `proven` unless something is lost. */
  readonly readable: Manifest | undefined
  readonly provenId: ManifestId
  /** Attempts to commit on top of the proven version, in upload order. At most one of them was committed. */
  readonly candidates: readonly ManifestCandidate[]
  /** Highest version of any manifest, committed or not. */
  readonly versionMax: number
  /** Doubts to report to the user. */
  readonly doubts: readonly string[]
}

/**
 * Decides which versions were committed. A writer builds only on the head. So every manifest, committed or not, proves all
 * predecessors that it names, and a marker proves its own version. At most one committed version can be above the newest
 * proven version: if there were two, the manifest of the second, uploaded before its commit, would prove the first.
 *
 * @returns undefined if the shard has no manifest at all
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
  // Version 1 counts as committed: only the creator of the shard makes it, and writes the head right afterwards.
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
    // A commit follows all its uploads, so a missing upload means that there was no commit.
    if (gone === undefined) candidates.push(one)
    else doubts.push(`version ${version} by ${commitId} was never committed, for ${gone} is not there: left out`)
  }
  candidates.sort(
    (a, b) => a.stored.modifiedMs - b.stored.modifiedMs || (a.manifest.commitId < b.manifest.commitId ? -1 : 1),
  )
  return { proven, readable, provenId, candidates, versionMax: Math.max(versionMax, provenId.version), doubts }
}

/**
 * Finds an object that a manifest names but `base` does not, and that is missing or incomplete. Costs one small request
 * per object.
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

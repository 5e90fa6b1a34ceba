import type { Clock } from '../clock.ts'
import type { Coordination } from '../coordination/coordination.ts'
import { type ShardRef, shardPrefix } from '../version/collection.ts'
import { type Head, headKey, newHeadAttributes, readHead } from '../version/head.ts'
import { type Manifest, nextManifest, predecessorsOf, totalsOf } from '../version/manifest.ts'
import { encodeManifest } from '../version/manifest-codec.ts'
import { committedKey, manifestKey } from '../version/object-names.ts'
import type { Pin } from '../version/pins.ts'
import type { StoredShard } from './list-stored.ts'
import { findMissing, type ManifestCandidate, type Proof, proveManifests } from './prove-manifests.ts'
import { type ReplayComponents, type Replayed, replayCandidates } from './replay-candidates.ts'

export type RebuildComponents = ReplayComponents & {
  readonly coordination: Coordination
  readonly clock: Clock
}

/** The content of a shard according to the bucket, and how it was found. */
export type RebuiltShard = {
  readonly shard: number
  /** The newest version that was certainly committed. */
  readonly provenVersion: number
  /** The restored version. */
  readonly version: number
  readonly documents: number
  readonly segments: number
  /** Attempts that may have been committed and are part of the restored version. */
  readonly replayed: readonly { readonly version: number; readonly commitId: string }[]
  readonly doubts: readonly string[]
}

/** The content of a shard's new head. */
export type ShardPlan = { readonly report: RebuiltShard; readonly manifest: Manifest; readonly hasCommits: boolean }

/** Epochs per lifetime of the table: more than its possible changes of owners. */
const EPOCHS_A_LIFE = 2 ** 32

/**
 * Plans the content of a shard: the newest proven version with the changes of the attempts on top of it. Writes only
 * tombstones, and only if it combines several attempts.
 *
 * The new version is above every version ever attempted and has a new commit id. So no earlier writer can commit on it, and
 * no session has seen a newer version.
 *
 * @param firstVersion the version that the shard started with
 * @returns undefined if there is nothing to restore
 */
export async function planShard(
  components: RebuildComponents,
  ref: ShardRef,
  stored: StoredShard,
  firstVersion = 1,
): Promise<ShardPlan | undefined> {
  const { store, random } = components
  const proof = await proveManifests(store, ref, stored)
  if (proof === undefined) return undefined
  const restored = await restore(components, ref, proof)
  if (restored === undefined) return undefined
  const { base, replayed, doubts, from } = restored

  const version = Math.max(proof.versionMax, proof.provenId.version + 1) + 1
  const draft = {
    schemaVersion: Math.max(...from.map(({ schemaVersion }) => schemaVersion)),
    segments: replayed.segments,
  }
  const manifest = {
    ...nextManifest(base, random.name(), draft),
    version,
    writerVersionMin: Math.max(...from.map(({ writerVersionMin }) => writerVersionMin)),
    predecessors: predecessorsOf(version, base, replayed.segments),
  }
  const gone = await findMissing(store, ref, manifest, undefined)
  const lost = gone === undefined ? [] : [`${gone} is not there: what it holds is lost`]
  const { docCount, segmentCount } = totalsOf(manifest)
  return {
    manifest,
    hasCommits: proof.provenId.version > firstVersion || proof.candidates.length > 0,
    report: {
      shard: ref.shard,
      provenVersion: proof.provenId.version,
      version,
      documents: docCount,
      segments: segmentCount,
      replayed: proof.candidates.map(({ manifest }) => ({ version: manifest.version, commitId: manifest.commitId })),
      doubts: [...proof.doubts, ...doubts, ...lost],
    },
  }
}

type Restored = {
  /** The predecessor of the new manifest. */
  readonly base: Manifest
  readonly replayed: Replayed
  readonly from: readonly Manifest[]
  readonly doubts: readonly string[]
}

async function restore(components: RebuildComponents, ref: ShardRef, proof: Proof): Promise<Restored | undefined> {
  const { proven, readable, provenId, candidates } = proof
  const attempts = candidates.map(({ manifest }) => manifest)
  if (attempts.length === 0) {
    if (readable === undefined) return undefined
    const doubts =
      readable === proven
        ? []
        : [`the manifest of version ${provenId.version} is lost; version ${readable.version} is restored instead`]
    return { base: readable, replayed: unchanged(readable), from: [readable], doubts }
  }
  const doubts = []
  if (proven === undefined && attempts.length > 1)
    doubts.push(`the manifest of version ${provenId.version} is lost: documents deleted since may be back`)
  const replayed = await replayCandidates(components, ref, { base: proven, attempts })
  if (attempts.length > 1) doubts.push(describeRivals(candidates, replayed))
  const [only] = attempts
  const base = attempts.length === 1 ? only! : (proven ?? only!)
  return { base, replayed, from: proven ? [proven, ...attempts] : attempts, doubts }
}

function unchanged({ segments }: Manifest): Replayed {
  return { segments, conflicts: [], conflictCount: 0 }
}

function describeRivals(candidates: readonly ManifestCandidate[], { conflicts, conflictCount }: Replayed): string {
  const [{ manifest }] = candidates as readonly [ManifestCandidate]
  const rivals = `${candidates.length} attempts at version ${manifest.version}, of which one at most was committed, are put together`
  if (conflictCount === 0) return rivals
  const ids = conflicts.map((id) => JSON.stringify(id)).join(', ')
  return `${rivals}; they differ in ${conflictCount} documents, of which the later upload stands: ${ids}`
}

/**
 * Writes the manifest, the head and the marker of a shard, in this order. Keeps an existing head, which an earlier run of
 * the same rebuild has written.
 *
 * @param kept.pins on older versions, for the new head
 * @param kept.rebuilds how often the table was rebuilt, including this time: new epochs are above all earlier epochs
 */
export async function writeShard(
  { store, coordination }: RebuildComponents,
  ref: ShardRef,
  manifest: Manifest,
  { rebuilds, pins }: { readonly rebuilds: number; readonly pins: readonly Pin[] },
): Promise<Head> {
  const prefix = shardPrefix(ref)
  if (!(await coordination.read(headKey(ref), { consistent: true }))) {
    await store.put(prefix + manifestKey(manifest), encodeManifest(manifest))
    const attributes = {
      ...newHeadAttributes(ref, manifest),
      epoch: rebuilds * EPOCHS_A_LIFE + 1,
      // It is unknown which objects were collected, so commits must not name older objects again.
      gcFloor: manifest.version,
      retainedFrom: manifest.version,
      pins: pins.map((pin) => ({ ...pin })),
    }
    await coordination.write(headKey(ref), { set: attributes }, [{ attribute: 'version', is: 'absent' }])
  }
  const head = await readHead({ store, coordination }, ref, undefined)
  // Otherwise a later rebuild would take the restored version for an uncommitted attempt.
  await store.put(prefix + committedKey(head.manifest), new Uint8Array(0))
  return head
}

/**
 * Writes the head of a deleted collection with the pins of branches, unless an earlier run has written it.
 *
 * @param manifest one of those versions
 */
export async function writeDeletedHead(
  { coordination }: RebuildComponents,
  ref: ShardRef,
  manifest: Manifest,
  { rebuilds, pins }: { readonly rebuilds: number; readonly pins: readonly Pin[] },
): Promise<void> {
  const attributes = {
    ...newHeadAttributes(ref, manifest),
    state: 'deleted',
    epoch: rebuilds * EPOCHS_A_LIFE + 1,
    pins: pins.map((pin) => ({ ...pin })),
  }
  await coordination.write(headKey(ref), { set: attributes }, [{ attribute: 'version', is: 'absent' }])
}

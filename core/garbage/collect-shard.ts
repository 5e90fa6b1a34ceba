import type { EpochMs } from '../clock.ts'
import { BYTES_PER_MS } from '../compaction/merge-in-time.ts'
import { isMissingObject, lostObject } from '../storage/missing-object.ts'
import { DELETE_KEYS_MAX } from '../storage/object-store.ts'
import { NO_LIMIT } from '../time-limit.ts'
import { type ShardRef, shardPrefix } from '../version/collection.ts'
import { type CommitComponents, type Committed, commit } from '../version/commit.ts'
import { type Head, headKey, readHead } from '../version/head.ts'
import { totalsOf } from '../version/manifest.ts'
import { committedKey } from '../version/object-names.ts'
import { listShard, newestCommittedBy, type ShardObject } from '../version/shard-objects.ts'
import { findUnneeded, type Unneeded } from './needed-names.ts'

/** Milliseconds that a version is kept after another took its place, unless the caller says otherwise. */
export const RETENTION_MS_DEFAULT = 60 * 60 * 1000
/** A shard that made more versions than this within the default retention keeps them for a shorter time. */
export const VERSIONS_MAX = 2000
/** Shortest retention of such a shard, in milliseconds: reads of a version should have ended by then. */
export const RETENTION_MS_MIN = 6 * 60 * 1000
/**
 * The longest job, in milliseconds, that the floor leaves room for: four times the time limit of a Lambda function. A longer
 * job is refused if other commits happened during it, and starts again.
 */
export const JOB_MS_MAX = 60 * 60 * 1000
/** Maximum attempts to read the kept versions while other processes release versions. */
const READS_MAX = 8
export type CollectOptions = {
  /** Milliseconds that a version is kept after a newer one replaces it; 0 keeps only the newest version. */
  readonly retentionMs: number
  /** Maximum number of versions kept beyond {@link RETENTION_MS_MIN}, even within the retention. Default: no maximum. */
  readonly versionsMax?: number | undefined
  /** Reports what a run would remove, without changing anything. Default: false. */
  readonly isDryRun?: boolean
  /** Called between two requests; false leaves the rest to the next run. */
  readonly mayContinue?: () => boolean
  readonly onCommitted?: (ref: ShardRef, committed: Committed) => void
}

/** What the collection of one shard removed, or would remove in case of a dry run. */
export type Collected = {
  readonly objects: number
  readonly bytes: number
  /**
   * `pending`: the head holds pending writes in a form that only newer code knows, so nothing was removed.
   * `stopped`: there is more to remove. `deleted`: the collection no longer exists.
   */
  readonly end: 'done' | 'stopped' | 'pending' | 'deleted'
  /** The holders of pins on its versions. */
  readonly holders: readonly string[]
  /** Whether a kept version names, or may name, objects of other shards: true for branches. */
  readonly sharesOthers: boolean
}

const NOTHING = { objects: 0, bytes: 0, holders: [] as string[], sharesOthers: true }

/**
 * Removes the objects of a shard that no version needs. It is safe at the same time as writers, readers and other
 * collectors, and may be interrupted at any point.
 *
 * 1. Raise the head's `gcFloor` to F and its `retainedFrom` to R. Neither exceeds the head's version.
 * 2. Read the head.
 * 3. Find the objects that the head needs: those of the versions from R on, of the pinned versions and of the pending writes.
 * 4. Remove all other objects whose base is below F.
 *
 * Step 2 sees every commit before step 1. A later commit names either objects that its base already names, which step 3
 * finds too, or new objects, and the head's condition admits no new objects below F. This holds even if clocks are wrong.
 * The clock only decides how long versions are kept, and how far F lags behind: F stays below the base of every job that
 * began within the retention (at most {@link JOB_MS_MAX}), so that running jobs can succeed.
 *
 * @throws {PrismError} the error of storage or coordination; the objects removed until then were all unneeded
 */
export async function collectShard(
  components: CommitComponents,
  ref: ShardRef,
  options: CollectOptions,
): Promise<Collected> {
  const trailMs = Math.min(options.retentionMs, JOB_MS_MAX)
  const first = await collectOnce(components, ref, options)
  if (first.end !== 'done' || options.isDryRun || !first.wantsCommit) return reportOf(first)
  // No running job is based on the head, and the rest has the head as its base: after one more commit the rest can go.
  const committed = await commit(components, ref, async ({ manifest: { schemaVersion, segments } }) => ({
    draft: { schemaVersion, segments },
    uploads: Promise.resolve(),
  }))
  if (committed) options.onCommitted?.(ref, committed)
  // With a trail, the rest is left to a later run.
  if (trailMs > 0) return reportOf(first)
  const second = await collectOnce(components, ref, options)
  return { ...reportOf(second), objects: first.objects + second.objects, bytes: first.bytes + second.bytes }
}

type Round = Collected & { readonly wantsCommit: boolean }

function reportOf({ wantsCommit, ...collected }: Round): Collected {
  return collected
}

async function collectOnce(components: CommitComponents, ref: ShardRef, options: CollectOptions): Promise<Round> {
  const { store, clock } = components
  const { isDryRun = false, mayContinue = () => true } = options
  const nowMs = clock.now()
  const objects = await listShard(store, ref)
  const before = await readHead(components, ref)
  const retentionMs = fittedRetention(objects, options, nowMs)
  const trailMs = Math.min(options.retentionMs, JOB_MS_MAX, Math.max(retentionMs, mergeMs(before)))
  const unfit = unfitness(before)
  if (unfit) return { ...NOTHING, end: unfit, wantsCommit: false }

  const raised = {
    gcFloor: Math.max(before.gcFloor, floorBy(objects, before, { lagMs: trailMs, nowMs })),
    retainedFrom: Math.max(before.retainedFrom, floorBy(objects, before, { lagMs: retentionMs, nowMs })),
  }
  if (!isDryRun) await raise(components, ref, { before, raised })
  const { head, needed } = await readNeeded(components, ref, async () =>
    isDryRun ? { ...before, ...raised } : readHead(components, ref, before),
  )
  const unfitNow = unfitness(head)
  if (unfitNow) return { ...NOTHING, end: unfitNow, wantsCommit: false }

  const unneeded = objects.filter(needed.isUnneeded)
  const garbage = unneeded.filter(({ base }) => base < head.gcFloor)
  const { version } = head.manifest
  const rest = unneeded.filter(({ base, modifiedMs }) => base === version && modifiedMs <= nowMs - trailMs)
  const wantsCommit = rest.length > 0 && head.gcFloor === version
  const kept = { holders: head.pins.map(({ holder }) => holder), sharesOthers: needed.sharesOthers }
  if (isDryRun)
    return {
      ...kept,
      ...sumOf(wantsCommit && trailMs === 0 ? [...garbage, ...rest] : garbage),
      end: 'done',
      wantsCommit,
    }
  await proveHead(components, ref, head, objects)
  return { ...kept, ...(await remove(components, ref, garbage, mayContinue)), wantsCommit }
}

/** The retention, or less if more than `versionsMax` versions were made within it. */
function fittedRetention(
  objects: readonly ShardObject[],
  { retentionMs, versionsMax }: CollectOptions,
  nowMs: EpochMs,
): number {
  if (versionsMax === undefined) return retentionMs
  const uploads = objects.flatMap(({ kind, modifiedMs }) => (kind === 'manifests' ? modifiedMs : []))
  const oldest = uploads.sort((a, b) => b - a)[versionsMax]
  return oldest === undefined ? retentionMs : Math.min(retentionMs, Math.max(RETENTION_MS_MIN, nowMs - oldest))
}

/** Expected maximum duration of a merge of the whole shard, in milliseconds. */
function mergeMs({ manifest }: Head): number {
  return totalsOf(manifest).byteSize / BYTES_PER_MS
}

/** Why a shard cannot be collected. `pending`: only newer code knows which objects pending writes of an unknown form name. */
function unfitness({ state, unknownPendingCount }: Head): 'deleted' | 'pending' | undefined {
  return state === 'deleted' ? 'deleted' : unknownPendingCount > 0 ? 'pending' : undefined
}

/** Newest version that was certainly committed `lagMs` ago. Without a lag this is the head, whatever the store's times say. */
function floorBy(
  objects: readonly ShardObject[],
  { manifest }: Head,
  { lagMs, nowMs }: { readonly lagMs: number; readonly nowMs: EpochMs },
): number {
  return lagMs === 0 ? manifest.version : Math.min(manifest.version, newestCommittedBy(objects, nowMs - lagMs))
}

/**
 * Step 1. A refusal means that another collector raised the values further, or that our own first attempt succeeded and
 * its reply was lost. Either way step 2 reads the values that hold.
 */
async function raise(
  { coordination }: CommitComponents,
  ref: ShardRef,
  { before, raised }: { readonly before: Head; readonly raised: Pick<Head, 'gcFloor' | 'retainedFrom'> },
): Promise<void> {
  if (raised.gcFloor === before.gcFloor && raised.retainedFrom === before.retainedFrom) return
  await coordination.write(headKey(ref), { set: raised }, [
    { attribute: 'state', is: 'equal', value: 'active' },
    { attribute: 'gcFloor', is: 'at_most', value: raised.gcFloor },
    { attribute: 'retainedFrom', is: 'at_most', value: raised.retainedFrom },
  ])
}

type NeededNow = { readonly head: Head; readonly needed: Unneeded }

const ALL_NEEDED: Unneeded = { isUnneeded: () => false, sharesOthers: true }

/**
 * Steps 2 and 3, repeated while other collectors or removed pins release versions.
 *
 * @throws {CorruptDataError} 'object_lost' if a version that the head keeps is missing: then nothing may be removed
 */
async function readNeeded(
  components: CommitComponents,
  ref: ShardRef,
  readHead: () => Promise<Head>,
): Promise<NeededNow> {
  for (let head = await readHead(), attempt = 1; ; attempt++) {
    if (unfitness(head)) return { head, needed: ALL_NEEDED }
    try {
      return { head, needed: await findUnneeded(components.store, ref, head) }
    } catch (error) {
      if (!isMissingObject(error) || attempt === READS_MAX) throw error
      const newest = await readHead()
      if (!unfitness(newest) && keptBy(newest) === keptBy(head)) throw lostObject(error)
      head = newest
    }
  }
}

function keptBy({ retainedFrom, pins }: Head): string {
  return JSON.stringify({ retainedFrom, pins })
}

/** Writes the marker of the head's version if its committer has not. Later runs learn from it when the version was committed. */
async function proveHead(
  { store }: CommitComponents,
  ref: ShardRef,
  { manifest }: Head,
  objects: readonly ShardObject[],
): Promise<void> {
  const key = committedKey(manifest)
  if (!objects.some((object) => object.key === key)) await store.put(shardPrefix(ref) + key, new Uint8Array(0))
}

/** Step 4. Removes manifests first, in the order of the list, so that no remaining manifest names a removed object. */
async function remove(
  { store, timeLimit = NO_LIMIT }: CommitComponents,
  ref: ShardRef,
  garbage: readonly ShardObject[],
  mayContinue: () => boolean,
): Promise<Omit<Collected, 'holders' | 'sharesOthers'>> {
  const sorted = [...garbage].sort((a, b) => Number(a.kind !== 'manifests') - Number(b.kind !== 'manifests'))
  for (let from = 0; from < sorted.length; from += DELETE_KEYS_MAX) {
    if (!mayContinue() || timeLimit.remainingMs() <= 0) return { ...sumOf(sorted.slice(0, from)), end: 'stopped' }
    await store.delete(sorted.slice(from, from + DELETE_KEYS_MAX).map(({ key }) => shardPrefix(ref) + key))
  }
  return { ...sumOf(sorted), end: 'done' }
}

function sumOf(objects: readonly ShardObject[]): { readonly objects: number; readonly bytes: number } {
  return { objects: objects.length, bytes: objects.reduce((sum, { byteSize }) => sum + byteSize, 0) }
}

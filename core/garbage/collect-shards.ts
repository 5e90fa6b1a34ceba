import { releaseShard, tidyBranchPins } from '../collections/branch-pins.ts'
import { forgetOldKeys } from '../collections/idempotency-rows.ts'
import { tidySnapshots } from '../collections/named-snapshots.ts'
import { NotFoundError } from '../errors.ts'
import { NO_LIMIT } from '../time-limit.ts'
import type { Collection, ShardRef } from '../version/collection.ts'
import type { CommitComponents } from '../version/commit.ts'
import { type CollectOptions, collectShard } from './collect-shard.ts'

/** What a run over live collections removed, or would remove in case of a dry run. */
export type GarbageReport = {
  /** Shards that were read. */
  readonly shards: number
  readonly objects: number
  readonly bytes: number
  /** Shards skipped because their head holds pending writes in a form that only newer code knows. */
  readonly pending: number
  /** Shards whose errors went to `onFailure`. */
  readonly failed: number
  /** Shards that were not finished for lack of time. */
  readonly left: number
}

export type GarbageProgress = {
  readonly collection: string
  readonly shard: number
  /** Shards of all collections already done. */
  readonly done: number
  /** Shards of all collections. */
  readonly of: number
  readonly objects: number
  readonly bytes: number
}

export type GarbageHooks = {
  readonly mayContinue: () => boolean
  readonly onFailure: (error: unknown) => void
  readonly onProgress?: ((progress: GarbageProgress) => void) | undefined
}

/**
 * Collects the shards of collections one after another while there is time. Releases objects that branches no longer
 * share, and removes unfinished snapshots and branches. Starts at a random shard, so that every shard gets its turn even
 * if the time is always too short.
 */
export async function collectShards(
  components: CommitComponents,
  collections: readonly Collection[],
  options: CollectOptions,
  { mayContinue, onFailure, onProgress }: GarbageHooks,
): Promise<GarbageReport> {
  const { random, timeLimit = NO_LIMIT } = components
  const hasTime = () => mayContinue() && timeLimit.remainingMs() > 0
  const pinned = new Map(collections.map(({ uid }) => [uid, new Map<number, readonly string[]>()]))
  const all = collections.flatMap(({ name, uid, shardCount, parent }) =>
    Array.from({ length: shardCount }, (_, shard) => ({ name, parent, ref: { uid, shard } })),
  )
  const first = Math.floor(random.number() * all.length)
  const sum = { shards: 0, objects: 0, bytes: 0, pending: 0, failed: 0, left: 0 }
  for (const [done, { name, parent, ref }] of [...all.slice(first), ...all.slice(0, first)].entries()) {
    onProgress?.({ collection: name, shard: ref.shard, done, of: all.length, objects: sum.objects, bytes: sum.bytes })
    if (!hasTime()) {
      sum.left++
      continue
    }
    try {
      const collected = await collectUnlessGone(components, ref, { ...options, mayContinue: hasTime })
      pinned.get(ref.uid)!.set(ref.shard, collected.holders)
      const sharesNothing = parent !== undefined && !collected.sharesOthers && !options.isDryRun
      if (sharesNothing) await releaseShard(components, parent, ref)
      sum.shards++
      sum.objects += collected.objects
      sum.bytes += collected.bytes
      if (collected.end === 'pending') sum.pending++
      if (collected.end === 'stopped') sum.left++
    } catch (error) {
      // A shard that cannot be collected must not stop the others.
      if (hasTime()) {
        sum.failed++
        onFailure(error)
      } else sum.left++
    }
  }
  for (const collection of options.isDryRun ? [] : collections) {
    if (!hasTime()) break
    await forgetOldKeys(components, collection.uid).catch(onFailure)
    await tidySnapshots(components, collection, pinned.get(collection.uid)!).catch(onFailure)
    await tidyBranchPins(components, collection, pinned.get(collection.uid)!).catch(onFailure)
  }
  return sum
}

/** Nothing to collect if the collection is deleted during the run: its deletion removes everything. */
async function collectUnlessGone(components: CommitComponents, ref: ShardRef, options: CollectOptions) {
  try {
    return await collectShard(components, ref, options)
  } catch (error) {
    if (!(error instanceof NotFoundError && error.code === 'collection_not_found')) throw error
    return { objects: 0, bytes: 0, end: 'deleted' as const, holders: [], sharesOthers: true }
  }
}

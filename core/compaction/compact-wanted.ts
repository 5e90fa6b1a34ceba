import { NotFoundError } from '../errors.ts'
import type { SegmentEntry } from '../segment/format/segment-entry.ts'
import { NO_LIMIT, type TimeLimit } from '../time-limit.ts'
import type { ShardRef } from '../version/collection.ts'
import type { Committed } from '../version/commit.ts'
import { forgetCompaction, type WantedCompaction } from '../version/work-rows.ts'
import { foldLeftovers } from '../writing/pending-write.ts'
import { type CompactComponents, compactShard } from './compact.ts'
import { byteSizeOf, bytesInTime } from './merge-in-time.ts'
import { type CompactionRun, MERGES_OF_FUNCTIONS, planCompaction } from './plan-compaction.ts'

/** Merges of one shard that may fail, because other processes merge the same segments, before the shard is left alone. */
const LOST_MAX = 3

export type ShardMerges = {
  readonly merges: number
  /** Inputs of the merges, and their bytes. */
  readonly segments: number
  readonly bytes: number
  /** Bytes of a wanted merge that would not have ended in time. */
  readonly skippedBytes: number
  /** `done`: no merge is wanted any more. `gone`: the collection was deleted. */
  readonly end: 'done' | 'no_time' | 'contention' | 'gone'
}

export type WantedHooks = {
  readonly onCommitted: (ref: ShardRef, committed: Committed) => void
  readonly mayContinue: () => boolean
}

/**
 * Does an announced compaction: merges segments of a shard until no merge is worth doing or
 * there is no time for one. Deletes the announcement if no merge is left to do. A later
 * announcement stays for the next run, because its commit may be newer than the head that
 * was read last.
 */
export async function compactWanted(
  components: CompactComponents,
  wanted: WantedCompaction,
  hooks: WantedHooks,
): Promise<ShardMerges> {
  const sum = { merges: 0, segments: 0, bytes: 0, skippedBytes: 0 }
  const end = await mergeWhileWanted(components, wanted.ref, sum, hooks)
  if (end === 'done' || end === 'gone') await forgetCompaction(components.coordination, wanted)
  return { ...sum, end }
}

type Sum = { -readonly [name in Exclude<keyof ShardMerges, 'end'>]: ShardMerges[name] }

/** Merges while there is something to merge and time for it; adds what it did to `sum`. */
async function mergeWhileWanted(
  components: CompactComponents,
  ref: ShardRef,
  sum: Sum,
  { onCommitted, mayContinue }: WantedHooks,
): Promise<ShardMerges['end']> {
  for (let lostCount = 0; lostCount < LOST_MAX; ) {
    if (!mayContinue()) return 'no_time'
    const merged = await mergeMostWanted(components, ref, onCommitted)
    if (merged === 'gone') return 'gone'
    const { names, byteSize, skippedBytes, committed } = merged
    if (!names) {
      sum.skippedBytes += skippedBytes
      return skippedBytes > 0 ? 'no_time' : 'done'
    }
    if (!committed) {
      lostCount++
      continue
    }
    onCommitted(ref, committed)
    sum.merges++
    sum.segments += names.length
    sum.bytes += byteSize
  }
  return 'contention'
}

type Choice = {
  readonly names: CompactionRun | undefined
  readonly byteSize: number
  /** Bytes of a wanted merge that would not have ended in time. */
  readonly skippedBytes: number
}

const NOTHING: Choice = { names: undefined, byteSize: 0, skippedBytes: 0 }

async function mergeMostWanted(
  components: CompactComponents,
  ref: ShardRef,
  onCommitted: WantedHooks['onCommitted'],
): Promise<(Choice & { readonly committed: Committed | undefined }) | 'gone'> {
  let choice = NOTHING
  try {
    const leftovers = await foldLeftovers(components, ref)
    if (leftovers) onCommitted(ref, leftovers)
    const committed = await compactShard(components, ref, (segments) => {
      choice = chooseInTime(segments, components.timeLimit ?? NO_LIMIT)
      return choice.names
    })
    return { ...choice, committed }
  } catch (error) {
    if (error instanceof NotFoundError && error.code === 'collection_not_found') return 'gone'
    throw error
  }
}

/** The most worthwhile merge among those that end in time. */
function chooseInTime(segments: readonly SegmentEntry[], timeLimit: TimeLimit): Choice {
  const names = planCompaction(segments, MERGES_OF_FUNCTIONS, { max: bytesInTime(timeLimit) })
  if (names) return { names, byteSize: byteSizeOf(segments, names), skippedBytes: 0 }
  return { ...NOTHING, skippedBytes: byteSizeOf(segments, planCompaction(segments, MERGES_OF_FUNCTIONS) ?? []) }
}

import type { Coordination, Row } from '../coordination/coordination.ts'
import type { Random } from '../random.ts'
import { decodeWantedCompaction, readWantedCompactions, type WantedCompaction } from '../version/work-rows.ts'
import type { ShardMerges } from './compact-wanted.ts'

type OfShard = { readonly uid: string; readonly shard: number }

/** What a run of announced compactions did, for the log. */
export type CompactionsReport = {
  /** Number of shards with an announcement. */
  readonly shards: number
  readonly merged: readonly (OfShard & Pick<ShardMerges, 'merges' | 'segments' | 'bytes'>)[]
  /** Shards with merges left to do, and the bytes of these merges, as far as known. */
  readonly skipped: readonly (OfShard & { readonly bytes: number; readonly reason: 'no_time' | 'contention' })[]
  readonly failed: number
  /** Number of shards that the run had no time for, including those whose merge was given up. */
  readonly left: number
}

export type AnnouncedHooks = {
  readonly compact: (wanted: WantedCompaction) => Promise<ShardMerges>
  readonly mayContinue: () => boolean
  readonly onFailure: (error: unknown) => void
}

/** Does all announced compactions, one shard after another, while there is time. */
export async function compactAnnounced(
  { coordination, random }: { readonly coordination: Coordination; readonly random: Random },
  { compact, mayContinue, onFailure }: AnnouncedHooks,
): Promise<CompactionsReport> {
  const rows = await readWantedCompactions(coordination)
  const merged: CompactionsReport['merged'][number][] = []
  const skipped: CompactionsReport['skipped'][number][] = []
  let [failed, left] = [0, 0]
  for (const row of fromRandomStart(rows, random)) {
    if (!mayContinue()) {
      left++
      continue
    }
    try {
      const wanted = decodeWantedCompaction(row)
      const { ref } = wanted
      const { merges, segments, bytes, skippedBytes, end } = await compact(wanted)
      if (merges > 0) merged.push({ ...ref, merges, segments, bytes })
      if (end === 'no_time' || end === 'contention') skipped.push({ ...ref, bytes: skippedBytes, reason: end })
    } catch (error) {
      // A shard that fails must not prevent the compaction of the others.
      if (mayContinue()) {
        failed++
        onFailure(error)
      } else left++
    }
  }
  return { shards: rows.length, merged, skipped, failed, left }
}

/** The rows from a random one on, so that the first ones cannot take up the time of all runs. */
function fromRandomStart(rows: readonly Row[], random: Random): Row[] {
  const first = Math.floor(random.number() * rows.length)
  return [...rows.slice(first), ...rows.slice(0, first)]
}

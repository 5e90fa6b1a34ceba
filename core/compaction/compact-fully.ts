import { UnavailableError } from '../errors.ts'
import type { SegmentEntry } from '../segment/format/segment-entry.ts'
import type { ShardRef } from '../version/collection.ts'
import type { Committed } from '../version/commit.ts'
import { foldLeftovers } from '../writing/pending-write.ts'
import { type CompactComponents, compactShard } from './compact.ts'
import { planFull } from './plan-compaction.ts'

/** Merges in a row that other writers may frustrate. */
const TRIES_MAX = 8
/** Merges of a full compaction, so that writers who are faster cannot keep it busy forever. */
const MERGES_MAX = 32

export type FullCompactionHooks = {
  readonly onCommitted: (ref: ShardRef, committed: Committed) => void
  readonly onProgress?: (doneBytes: number) => void
}

/**
 * Rewrites a shard as one segment without deleted documents, what waits in its head included; as several where words
 * are of several versions of the analyzers. Documents that are written while it runs may be in others. Many segments take several merges, of the smallest first.
 *
 * @param hooks.onProgress called as the last merge advances, which is the longest
 * @throws {UnavailableError} 'compaction_contention' if other processes' merges came in between again and again
 */
export async function compactFully(
  components: CompactComponents,
  ref: ShardRef,
  { onCommitted, onProgress }: FullCompactionHooks,
): Promise<void> {
  const leftovers = await foldLeftovers(components, ref)
  if (leftovers) onCommitted(ref, leftovers)
  let failures = 0
  for (let merge = 0; merge < MERGES_MAX && failures < TRIES_MAX; merge++) {
    let plan: ReturnType<typeof planFull>
    const choose = (segments: readonly SegmentEntry[]) => {
      plan = planFull(segments)
      return plan?.run
    }
    const committed = await compactShard(components, ref, choose, (doneBytes) => {
      if (plan?.isLast) onProgress?.(doneBytes)
    })
    if (committed) onCommitted(ref, committed)
    if (plan === undefined || (committed && plan.isLast)) return
    failures = committed ? 0 : failures + 1
  }
  throw new UnavailableError(
    'compaction_contention',
    `shard ${ref.shard} of ${ref.uid} was changed by others during each compaction: compact it when less is written to it`,
  )
}

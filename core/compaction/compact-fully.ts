import { UnavailableError } from '../errors.ts'
import type { SegmentEntry } from '../segment/format/segment-entry.ts'
import type { ShardRef } from '../version/collection.ts'
import type { Committed } from '../version/commit.ts'
import { foldLeftovers } from '../writing/pending-write.ts'
import { type CompactComponents, compactShard } from './compact.ts'
import { planFull } from './plan-compaction.ts'

/** Consecutive merges that may fail because of other writers. */
const TRIES_MAX = 8
/** Merges of a full compaction, so that faster writers cannot keep it busy forever. */
const MERGES_MAX = 32

export type FullCompactionHooks = {
  readonly onCommitted: (ref: ShardRef, committed: Committed) => void
  readonly onProgress?: (doneBytes: number) => void
}

/**
 * Rewrites a shard, pending writes included, as one segment without deleted documents, or as one segment for each version of the
 * analyzers. Documents that are written during the compaction may be in other segments. Many segments take several merges, of the
 * smallest first.
 *
 * @param hooks.onProgress called during the last merge, which is the longest
 * @throws {UnavailableError} 'compaction_contention' if other processes changed the shard during every merge
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
    `other processes changed shard ${ref.shard} of ${ref.uid} during each compaction: compact it when fewer documents are written`,
  )
}

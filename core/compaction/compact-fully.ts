import { UnavailableError } from '../errors.ts'
import type { ShardRef } from '../version/collection.ts'
import type { Committed } from '../version/commit.ts'
import { foldLeftovers } from '../writing/join-pending.ts'
import { type CompactComponents, compactShard } from './compact.ts'
import { planFull } from './plan-compaction.ts'

/** Times that a full compaction begins again because other writers came in between. */
const TRIES_MAX = 8

export type FullCompactionHooks = {
  readonly onCommitted: (ref: ShardRef, committed: Committed) => void
  readonly onProgress?: (doneBytes: number) => void
}

/**
 * Rewrites a shard as one segment without deleted documents, what waits in its head included. Documents that are
 * written meanwhile may be in others.
 *
 * @throws {UnavailableError} 'compaction_contention' if other processes' merges came in between again and again
 */
export async function compactFully(
  components: CompactComponents,
  ref: ShardRef,
  { onCommitted, onProgress }: FullCompactionHooks,
): Promise<void> {
  const leftovers = await foldLeftovers(components, ref)
  if (leftovers) onCommitted(ref, leftovers)
  for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
    let isNeeded = false
    const committed = await compactShard(
      components,
      ref,
      (segments) => {
        const names = planFull(segments)
        isNeeded = names !== undefined
        return names
      },
      onProgress,
    )
    if (committed) onCommitted(ref, committed)
    if (committed || !isNeeded) return
  }
  throw new UnavailableError(
    'compaction_contention',
    `shard ${ref.shard} of ${ref.uid} was changed by others during each of ${TRIES_MAX} compactions`,
  )
}

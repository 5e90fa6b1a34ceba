import type { Coordination } from '../coordination/coordination.ts'
import { removePins } from '../version/change-pins.ts'
import type { Collection, ShardRef } from '../version/collection.ts'
import type { CommitComponents } from '../version/commit.ts'
import { mapShards } from '../version/map-shards.ts'
import type { Pin } from '../version/pins.ts'
import { metaKey } from './collection-rows.ts'

/**
 * A branch pins the versions whose objects it shares, in the heads of its parent. Its meta row exists from before the first
 * pin until after the last, so a pin whose branch has no meta row is obsolete.
 */
const BRANCH_HOLDER = 'branch#'

/** The holder of a branch's pin on one version of a shard. */
export function branchHolder(uid: string, version: number): string {
  return `${BRANCH_HOLDER}${uid}#${version}`
}

/** The uid of the branch that holds a pin, or undefined if no branch holds it. */
export function branchOfHolder(holder: string): string | undefined {
  return holder.startsWith(BRANCH_HOLDER) ? holder.split('#')[1] : undefined
}

/** The given pins without those of branches that no longer exist. */
export async function livePins(coordination: Coordination, pins: readonly Pin[]): Promise<Pin[]> {
  const gone = await goneBranches(
    coordination,
    pins.map(({ holder }) => holder),
  )
  return pins.filter(({ holder }) => !gone.has(branchOfHolder(holder) ?? ''))
}

/**
 * Releases the objects that one shard of a branch shares with its parent. It may be repeated, even after the deletion of the
 * parent.
 *
 * @param ref the shard of the branch
 */
export async function releaseShard(components: CommitComponents, parent: string, ref: ShardRef): Promise<void> {
  await removePins(components, { uid: parent, shard: ref.shard }, ({ holder }) => branchOfHolder(holder) === ref.uid)
}

/**
 * Removes pins of branches that no longer exist, such as a branch that was abandoned while its creator was stopped.
 *
 * @param pinned the holders of the pins that were found, by shard
 */
export async function tidyBranchPins(
  components: CommitComponents,
  { uid, shardCount }: Pick<Collection, 'uid' | 'shardCount'>,
  pinned: ReadonlyMap<number, readonly string[]>,
): Promise<void> {
  const gone = await goneBranches(components.coordination, [...pinned.values()].flat())
  if (gone.size === 0) return
  await mapShards(shardCount, (shard) =>
    removePins(components, { uid, shard }, ({ holder }) => gone.has(branchOfHolder(holder) ?? '')),
  )
}

async function goneBranches(coordination: Coordination, holders: readonly string[]): Promise<Set<string>> {
  const gone = new Set<string>()
  for (const uid of new Set(holders.map(branchOfHolder))) {
    if (uid !== undefined && !(await coordination.read(metaKey(uid), { consistent: true }))) gone.add(uid)
  }
  return gone
}

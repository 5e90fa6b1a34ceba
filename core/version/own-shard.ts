import type { Coordination } from '../coordination/coordination.ts'
import { UnavailableError } from '../errors.ts'
import type { ShardRef } from './collection.ts'
import { type Head, headKey } from './head.ts'

/**
 * Makes a node the owner of a shard under the next epoch, which no other node can ever get: the write asks for the
 * epoch that was read. It asks for the commit too, so that the head is known in full when it is done.
 *
 * A request that arrives twice or hours late is refused by the epoch; what a lost or refused reply means the next look
 * at the head tells: it names this node, or somebody else.
 *
 * @param head as it was read
 * @param node a name that no other process has, and none had before
 * @returns the head with its new owner; undefined if that is not certain
 */
export async function ownShard(
  { coordination }: { readonly coordination: Coordination },
  ref: ShardRef,
  head: Head,
  node: string,
): Promise<Head | undefined> {
  const epoch = head.epoch + 1
  try {
    const reply = await coordination.write(headKey(ref), { set: { owner: node, epoch } }, [
      { attribute: 'commitId', is: 'equal', value: head.manifest.commitId },
      { attribute: 'epoch', is: 'equal', value: head.epoch },
    ])
    return reply === 'written' ? { ...head, owner: node, epoch } : undefined
  } catch (error) {
    if (error instanceof UnavailableError) return undefined
    throw error
  }
}

import type { Coordination } from '../coordination/coordination.ts'
import { UnavailableError } from '../errors.ts'
import type { ShardRef } from './collection.ts'
import { type Head, headKey } from './head.ts'

/**
 * Makes a node the owner of a shard in the next epoch. The write requires the epoch that was read, so no other node can
 * ever get that epoch. The write also requires the commit id that was read, so that the whole head is known afterwards.
 *
 * The epoch refuses a request that arrives twice or hours late. After a lost or refused reply, the next read of the head
 * shows whether this node or another is the owner.
 *
 * @param head as it was read
 * @param node a name that no other process has or ever had
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

import { InvalidRequestError } from '../errors.ts'
import { quote } from '../quote.ts'
import { shardOfId } from '../version/routing.ts'

/**
 * Checks that all operations of an atomic batch belong to one shard, because a commit covers one shard.
 *
 * @throws {InvalidRequestError} 'not_atomic' naming two ids of different shards
 */
export function routeAtomic(operations: readonly { readonly id: string }[], shardCount: number): void {
  const [first] = operations
  if (first === undefined) return
  const shard = shardOfId(first.id, shardCount)
  const other = operations.find(({ id }) => shardOfId(id, shardCount) !== shard)
  if (other === undefined) return
  throw new InvalidRequestError(
    'not_atomic',
    `${quote(first.id)} is in shard ${shard} and ${quote(other.id)} in shard ${shardOfId(other.id, shardCount)} of the collection's ${shardCount}: an atomic batch must belong to one shard`,
    { details: { shards: shardCount, ids: [first.id, other.id] } },
  )
}

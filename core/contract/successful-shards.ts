import { InvalidRequestError } from '../errors.ts'

/**
 * Checks `min_successful_shards` against the number of shards, which the shape does not know.
 *
 * @param path of the member in the request
 */
export function checkSuccessfulShardsMin(needed: number | undefined, shardCount: number, path: string): void {
  if (needed === undefined || needed <= shardCount) return
  const expected = `at most ${shardCount}, the number of shards of the collection`
  throw new InvalidRequestError('invalid_request', `${path}: expected ${expected}, got ${needed}`, {
    details: { path, expected, found: String(needed) },
  })
}

import type { Freshness } from '../shard/shards.ts'
import type { Consistency, ReadRequest } from './search-request.ts'

/** How fresh a request wants its read: as it says, else by its session token, else `otherwise`. */
export function freshnessOf(request: ReadRequest, otherwise: Consistency): Freshness {
  const { consistency, session, max_staleness_ms: maxStalenessMs } = request
  const implied = maxStalenessMs !== undefined ? 'bounded' : session !== undefined ? 'read_your_writes' : otherwise
  return {
    consistency: consistency ?? implied,
    ...(maxStalenessMs !== undefined && { maxStalenessMs }),
    ...(session !== undefined && { session }),
  }
}

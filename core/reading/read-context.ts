import type { Clock } from '../clock.ts'
import type { SegmentCache } from '../segment/read/segment-cache.ts'
import type { CostReport } from '../storage/cost.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { TimeLimit } from '../time-limit.ts'
import type { Deadlines } from './deadlines.ts'
import type { Snapshots } from './snapshots.ts'

/** The reads of one request: every read through `store` is counted. */
export type Reading = {
  readonly store: ObjectStore
  /** Counts heads that were read from the table for this request. */
  headsRead(count: number): void
  /** Adds the cost that a leaf reports to the cost of this request. */
  delegated<T extends { readonly cost: CostReport }>(call: () => Promise<T>): Promise<T>
  cost(): CostReport
}

/** What reading a collection needs. */
export type ReadContext = {
  readonly shards: Snapshots
  readonly clock: Clock
  readonly deadlines: Deadlines
  /** When an answer must be ready, even without late shards. */
  readonly timeLimit: TimeLimit
  beginReading(): Reading
  /** Open segments and their decoded units. */
  readonly segments: SegmentCache
  /** Called with the error when an answer leaves out damaged data. */
  readonly onFailure?: ((error: unknown) => void) | undefined
}

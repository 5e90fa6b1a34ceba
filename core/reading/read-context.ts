import type { Clock } from '../clock.ts'
import type { SegmentCache } from '../segment/read/segment-cache.ts'
import type { CostReport } from '../storage/cost.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { TimeLimit } from '../time-limit.ts'
import type { Deadlines } from './deadlines.ts'
import type { Snapshots } from './snapshots.ts'

/** Reads of one request: everything read through `store` is counted. */
export type Reading = {
  readonly store: ObjectStore
  /** Notes that so many heads were read from the table for this request. */
  headsRead(count: number): void
  /** Counts what somebody else does for this request as its own: a leaf says what it cost. */
  delegated<T extends { readonly cost: CostReport }>(call: () => Promise<T>): Promise<T>
  cost(): CostReport
}

/** What reads of a collection are made of. */
export type ReadContext = {
  readonly shards: Snapshots
  readonly clock: Clock
  readonly deadlines: Deadlines
  /** By when an answer must be there, late shards or not. */
  readonly timeLimit: TimeLimit
  beginReading(): Reading
  /** Open segments, and what is decoded of them. */
  readonly segments: SegmentCache
  /** Called with damaged data that an answer does without. */
  readonly onFailure?: ((error: unknown) => void) | undefined
}

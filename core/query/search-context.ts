import type { AnalyzerPool } from '../analysis/analyzer-pool.ts'
import type { Clock } from '../clock.ts'
import type { MaybePromise } from '../maybe-promise.ts'
import type { SegmentEntry } from '../segment/segment-entry.ts'
import type { SegmentReader } from '../segment/segment-reader.ts'
import type { Shards } from '../shard/shards.ts'
import type { CostReport } from '../storage/cost.ts'
import type { ObjectStore } from '../storage/object-store.ts'
import type { TimeLimit } from '../time-limit.ts'
import type { LengthNormsCache } from './bm25.ts'
import type { Deadlines } from './deadlines.ts'
import type { FanOutSettings } from './estimate-work.ts'
import type { LeafPool } from './leaf.ts'
import type { RecentSegments } from './recent-segments.ts'
import type { ResolvedQueries } from './resolved-queries.ts'

/** Reads of one request: everything read through `store` is counted. */
export type Reading = {
  readonly store: ObjectStore
  /** Notes that so many heads were read from the table for this request. */
  headsRead(count: number): void
  /** Counts what somebody else does for this request as its own: a leaf says what it cost. */
  delegated<T extends { readonly cost: CostReport }>(call: () => Promise<T>): Promise<T>
  cost(): CostReport
}

/** What searches and reads of documents are made of. */
export type SearchContext = {
  readonly shards: Shards
  readonly clock: Clock
  readonly deadlines: Deadlines
  /** By when an answer must be there, late shards or not. */
  readonly timeLimit: TimeLimit
  readonly analyzers: AnalyzerPool
  readonly queries: ResolvedQueries
  readonly norms: LengthNormsCache
  beginReading(): Reading
  /** Opens a segment, or answers with the one that is open already. */
  openSegment(store: ObjectStore, prefix: string, entry: SegmentEntry): MaybePromise<SegmentReader>
  /** Is told of each document that a search returns. */
  readonly onReturned?: ((id: string) => void) | undefined
  readonly recent: RecentSegments
  /** Whether opening it would need no request. */
  isSegmentOpen(prefix: string, entry: SegmentEntry): boolean
  /** Who can search parts for this process, if there is anybody. */
  readonly leaves?: LeafPool | undefined
  readonly fanOut?: FanOutSettings | undefined
}

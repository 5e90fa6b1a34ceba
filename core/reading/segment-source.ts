import type { Schema } from '../schema/schema.ts'
import type { Bitset } from '../segment/format/tombstones.ts'
import type { SegmentReader } from '../segment/read/segment-reader.ts'
import type { ObjectStore } from '../storage/object-store.ts'

/** One open segment of one pinned shard, as a query sees it. */
export type SegmentSource = {
  readonly shard: number
  readonly reader: SegmentReader
  /** Counts what this query costs. */
  readonly store: ObjectStore
  readonly schema: Schema
  /** Documents deleted in the pinned version; undefined: none. */
  readonly deleted: Bitset | undefined
}

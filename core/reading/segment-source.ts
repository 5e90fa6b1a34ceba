import type { MemoryAllowance } from '../memory-allowance.ts'
import type { Schema } from '../schema/schema.ts'
import type { Deletions } from '../segment/read/segment-cache.ts'
import type { SegmentReader } from '../segment/read/segment-reader.ts'

/** One open segment of one pinned shard, as a query sees it. */
export type SegmentSource = {
  readonly shard: number
  /** The segment's index in the shard's manifest. */
  readonly position: number
  readonly reader: SegmentReader
  readonly schema: Schema
  /** The deleted and the live documents of the pinned version; undefined if none are deleted. */
  readonly deletions: Deletions | undefined
  /** The memory that the request may still allocate; unbounded if absent. */
  readonly memory?: MemoryAllowance | undefined
}

import type { MemoryAllowance } from '../memory-allowance.ts'
import type { Schema } from '../schema/schema.ts'
import type { Deletions } from '../segment/read/segment-cache.ts'
import type { SegmentReader } from '../segment/read/segment-reader.ts'

/** One open segment of one pinned shard, as a query sees it. */
export type SegmentSource = {
  readonly shard: number
  /** In the shard's manifest. */
  readonly position: number
  readonly reader: SegmentReader
  readonly schema: Schema
  /** Documents deleted in the pinned version, and those left; undefined: none are deleted. */
  readonly deletions: Deletions | undefined
  /** What the request may still hold; without it there is no bound. */
  readonly memory?: MemoryAllowance | undefined
}

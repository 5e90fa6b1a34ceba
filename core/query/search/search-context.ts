import type { AnalyzerPool } from '../../analysis/analyzer-pool.ts'
import type { ReadContext } from '../../reading/read-context.ts'
import type { DecodeAhead } from '../../segment/read/decode-ahead.ts'
import type { ResolvedQueries } from '../language/resolved-queries.ts'
import type { LengthNormsCache } from '../score/bm25.ts'
import type { Part } from '../score/part.ts'
import type { FanOutSettings } from './estimate-work.ts'
import type { LeafPool } from './leaf.ts'

/** The components and settings that all searches of an engine share. */
export type SearchContext = ReadContext & {
  readonly analyzers: AnalyzerPool
  readonly queries: ResolvedQueries
  readonly norms: LengthNormsCache
  /** The sections that a search can request in addition to hits and total. */
  readonly parts?: readonly Part[] | undefined
  /** Notified of each segment that a search uses. */
  readonly decodeAhead?: DecodeAhead | undefined
  /** The leaves that can search shards for this process, if there are any. */
  readonly leaves?: LeafPool | undefined
  readonly fanOut?: FanOutSettings | undefined
}

import type { AnalyzerPool } from '../../analysis/analyzer-pool.ts'
import type { ReadContext } from '../../reading/read-context.ts'
import type { DecodeAhead } from '../../segment/read/decode-ahead.ts'
import type { ResolvedQueries } from '../language/resolved-queries.ts'
import type { LengthNormsCache } from '../score/bm25.ts'
import type { Part } from '../score/part.ts'
import type { FanOutSettings } from './estimate-work.ts'
import type { LeafPool } from './leaf.ts'

/** What searches are made of. */
export type SearchContext = ReadContext & {
  readonly analyzers: AnalyzerPool
  readonly queries: ResolvedQueries
  readonly norms: LengthNormsCache
  /** Sections that searches may ask for besides hits and total. */
  readonly parts?: readonly Part[] | undefined
  /** Learns of each segment that a search uses. */
  readonly decodeAhead?: DecodeAhead | undefined
  /** Who can search parts for this process, if there is anybody. */
  readonly leaves?: LeafPool | undefined
  readonly fanOut?: FanOutSettings | undefined
}

import type { AnalyzerPool } from '../../analysis/analyzer-pool.ts'
import type { ReadContext } from '../../reading/read-context.ts'
import type { RecentSegments } from '../../reading/recent-segments.ts'
import type { SegmentEntry } from '../../segment/format/segment-entry.ts'
import type { ResolvedQueries } from '../language/resolved-queries.ts'
import type { LengthNormsCache } from '../score/bm25.ts'
import type { FanOutSettings } from './estimate-work.ts'
import type { LeafPool } from './leaf.ts'

/** What searches are made of. */
export type SearchContext = ReadContext & {
  readonly analyzers: AnalyzerPool
  readonly queries: ResolvedQueries
  readonly norms: LengthNormsCache
  /** Is told of each document that a search returns. */
  readonly onReturned?: ((id: string) => void) | undefined
  readonly recent: RecentSegments
  /** Whether opening it would need no request. */
  isSegmentOpen(prefix: string, entry: SegmentEntry): boolean
  /** Who can search parts for this process, if there is anybody. */
  readonly leaves?: LeafPool | undefined
  readonly fanOut?: FanOutSettings | undefined
}

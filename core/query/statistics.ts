import type { FieldNumber } from '../schema/schema.ts'
import type { FieldTotals } from '../segment/segment-entry.ts'
import type { FieldStatistics } from './bm25.ts'
import type { PreparedSegment } from './prepare-segment.ts'

/**
 * What scores depend on besides the document itself: counted over everything
 * that is searched, so that scores do not depend on how it is split.
 */
export type Statistics = {
  readonly fields: ReadonlyMap<FieldNumber, FieldStatistics>
  /** By `termName`: documents that contain the term, deleted ones included until compaction. */
  readonly docFreqs: ReadonlyMap<string, number>
}

export function addStatistics(
  totals: readonly (readonly FieldTotals[])[],
  segments: readonly PreparedSegment[],
): Statistics {
  const fields = new Map<FieldNumber, FieldStatistics>()
  for (const { field, docCount, tokenCount } of totals.flat()) {
    const sum = fields.get(field) ?? { docCount: 0, tokenCount: 0 }
    fields.set(field, { docCount: sum.docCount + docCount, tokenCount: sum.tokenCount + tokenCount })
  }
  const docFreqs = new Map<string, number>()
  for (const { terms } of segments) {
    for (const [name, { list }] of terms) docFreqs.set(name, (docFreqs.get(name) ?? 0) + list.docFreq)
  }
  return { fields, docFreqs }
}

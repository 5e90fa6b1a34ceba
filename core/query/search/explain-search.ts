import type { JsonObject } from '../../contract/search-request.ts'
import type { SegmentQuery } from '../score/search-segment.ts'
import type { Found } from './find-hits.ts'

/** Explains a search: its resolved query, the statistics that scored it, and where it ran. */
export function explainSearch(
  { schema }: SegmentQuery,
  { clause, segments, statistics, execution }: Found,
): JsonObject {
  const terms = Array.from(statistics.docFreqs, ([name, documents]) => {
    const [field, term] = name.split('\u0000')
    return { field: schema.fields[Number(field)]!.name, term, documents }
  })
  const fields = Array.from(statistics.fields, ([field, { docCount, tokenCount }]) => {
    return { field: schema.fields[field]!.name, documents: docCount, tokens: tokenCount }
  })
  const { kind, ...details } = execution
  return { execution: kind, ...details, segments, clause, statistics: { fields, terms } }
}

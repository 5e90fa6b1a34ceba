import type { FieldNumber } from '../../fields/field.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import { type Plan, whenRead } from '../../segment/format/read-plan.ts'
import type { FieldTotals } from '../../segment/format/segment-entry.ts'
import type { TermKey } from '../../segment/read/term-entry.ts'
import type { FieldStatistics } from './bm25.ts'
import { termName } from './clause-needs.ts'
import type { PreparedSegment } from './prepare-segment.ts'

/** By `termName`: documents that contain the term, deleted ones included until compaction. */
export type DocFreqs = ReadonlyMap<string, number>

/** The same one by one, as a map of them gives too. */
type NamedDocFreqs = Iterable<readonly [name: string, docFreq: number]>

/**
 * What scores depend on besides the document itself: counted over everything
 * that is searched, so that scores do not depend on how it is split.
 */
export type Statistics = {
  readonly fields: ReadonlyMap<FieldNumber, FieldStatistics>
  readonly docFreqs: DocFreqs
}

/** Adds up the totals of shards (as their manifests have them) and the document frequencies of segments. */
export function addStatistics(totals: readonly FieldTotals[], docFreqs: readonly NamedDocFreqs[]): Statistics {
  const fields = new Map<FieldNumber, FieldStatistics>()
  for (const { field, docCount, tokenCount } of totals) {
    const sum = fields.get(field) ?? { docCount: 0, tokenCount: 0 }
    fields.set(field, { docCount: sum.docCount + docCount, tokenCount: sum.tokenCount + tokenCount })
  }
  return { fields, docFreqs: addDocFreqs(docFreqs) }
}

/** Sums document frequencies by name. */
export function addDocFreqs(parts: readonly NamedDocFreqs[]): DocFreqs {
  const sums = new Map<string, number>()
  for (const part of parts) {
    for (const [name, docFreq] of part) sums.set(name, (sums.get(name) ?? 0) + docFreq)
  }
  return sums
}

/** The document frequencies of what a segment was prepared for. */
export function* docFreqsOf({ terms }: PreparedSegment): NamedDocFreqs {
  for (const [name, { list }] of terms) yield [name, list.docFreq]
}

/** The document frequencies of terms in one segment, without their postings: at most one round. */
export function readDocFreqs({ reader }: SegmentSource, keys: readonly TermKey[]): Plan<DocFreqs> {
  return whenRead(reader.terms.lookup(keys), (entries) => {
    const docFreqs = new Map<string, number>()
    for (const entry of entries) if (entry !== undefined) docFreqs.set(termName(entry.field, entry.term), entry.docFreq)
    return docFreqs
  })
}

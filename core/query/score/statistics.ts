import type { FieldNumber } from '../../fields/field.ts'
import type { SegmentSource } from '../../reading/segment-source.ts'
import { type Plan, whenRead } from '../../segment/format/read-plan.ts'
import type { FieldTotals } from '../../segment/format/segment-entry.ts'
import type { TermKey } from '../../segment/read/term-entry.ts'
import type { FieldStatistics } from './bm25.ts'
import { termName } from './clause-needs.ts'
import type { PreparedSegment } from './prepare-segment.ts'

/** `termName` → number of documents that contain the term, including deleted documents until compaction. */
export type DocFreqs = ReadonlyMap<string, number>

/** Document frequencies as an iterable, which {@link DocFreqs} also is. */
type NamedDocFreqs = Iterable<readonly [name: string, docFreq: number]>

/**
 * The statistics on which scores depend in addition to the document. They are counted over all searched documents, so that
 * scores do not depend on how the documents are split.
 */
export type Statistics = {
  readonly fields: ReadonlyMap<FieldNumber, FieldStatistics>
  readonly docFreqs: DocFreqs
}

/** Adds up the field totals of manifests and the document frequencies of segments. */
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

/** The document frequencies of the terms of a prepared segment. */
export function* docFreqsOf({ terms }: PreparedSegment): NamedDocFreqs {
  for (const [name, { list }] of terms) yield [name, list.docFreq]
}

/** Reads the document frequencies of terms in one segment, without postings, in at most one round. */
export function readDocFreqs({ reader }: SegmentSource, keys: readonly TermKey[]): Plan<DocFreqs> {
  return whenRead(reader.terms.lookup(keys), (entries) => {
    const docFreqs = new Map<string, number>()
    for (const entry of entries) if (entry !== undefined) docFreqs.set(termName(entry.field, entry.term), entry.docFreq)
    return docFreqs
  })
}

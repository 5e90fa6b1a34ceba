import type { SegmentReader } from '../../segment/read/segment-reader.ts'
import type { SimpleFilter } from '../filter/simplify-filter.ts'
import type { QueryNeeds } from '../score/prepare-segment.ts'

/** The most work that a search can take, estimated from footers. */
export type WorkEstimate = {
  /** Bytes to read if nothing is cached. */
  readonly bytes: number
  /** Postings to examine, and other work converted to the number of postings that takes the same time. */
  readonly postings: number
}

/** When a search uses leaves, if there are any. */
export type FanOutSettings = {
  /** `auto`, the default, decides by bytes and postings. */
  readonly mode?: 'auto' | 'always' | 'never'
  /** Above `bytesMax` or `postingsMax`, `auto` asks the leaves. */
  readonly bytesMax?: number
  readonly postingsMax?: number
}

/** About 0.1 s of reading in one function: several streams of 60 to 90 MB/s each. */
export const BYTES_MAX_DEFAULT = 8 * 1024 * 1024
/** About 0.1 s of scoring on one core, at 40 to 100 ns per posting. */
export const POSTINGS_MAX_DEFAULT = 2_000_000

// Measured on 100,000 generated sentences of 40 words, one segment: docs/decisions/0050.
/** Bytes of a posting with frequency and length, and of one that has positions too. */
const POSTING_BYTES = 2
const PHRASE_POSTING_BYTES = 4
/** Bytes of a value in a column, and its time as a fraction of a posting's. */
const VALUE_BYTES = 2
const VALUE_POSTINGS = 0.1

/** Adds up the work of a query over open segments. Reads nothing. */
export function estimateWork(readers: readonly SegmentReader[], needs: QueryNeeds): WorkEstimate {
  const columns = needs.clause.sets.length + countConditions(needs.filter) + needs.sort.filter(isField).length
  let [bytes, postings] = [0, 0]
  for (const reader of readers) {
    for (const key of needs.clause.terms) {
      const docFreq = reader.terms.docFreqMax(key)
      postings += docFreq
      bytes += docFreq * POSTING_BYTES
    }
    for (const key of needs.clause.phraseTerms) {
      const docFreq = reader.terms.docFreqMax(key)
      postings += docFreq
      bytes += docFreq * PHRASE_POSTING_BYTES
    }
    postings += columns * reader.docCount * VALUE_POSTINGS
    bytes += columns * reader.docCount * VALUE_BYTES
  }
  return { bytes, postings: Math.round(postings) }
}

function isField({ kind }: { readonly kind: string }): boolean {
  return kind === 'field'
}

/** The number of conditions, each of which reads a column or a dictionary. */
function countConditions(condition: SimpleFilter | undefined): number {
  if (condition === undefined) return 0
  if (condition.kind === 'not') return countConditions(condition.part)
  if (condition.kind === 'and' || condition.kind === 'or') {
    return condition.parts.reduce((sum, part) => sum + countConditions(part), 0)
  }
  return 1
}

/**
 * BM25 with the textbook's factor (k1 + 1) and Lucene's idf, which is never negative.
 *
 * Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and
 * Beyond", Foundations and Trends in Information Retrieval 3(4), 2009.
 */

/** Statistics of one text field over all searched documents. */
export type FieldStatistics = {
  /** Live documents with at least one token in the field. */
  readonly docCount: number
  readonly tokenCount: number
}

/** @param docFreq documents that contain the term; may exceed `docCount`, because it includes deleted documents */
export function inverseDocumentFrequency(docCount: number, docFreq: number): number {
  const docs = Math.max(docCount, docFreq)
  return Math.log(1 + (docs - docFreq + 0.5) / (docFreq + 0.5))
}

const NORM_TABLE_SIZE = 1024

/** The length-dependent part of BM25's denominator for one field: `k1 × (1 − b + b × length / average)`. */
export class LengthNorms {
  /** The norms of lengths below {@link NORM_TABLE_SIZE}. */
  readonly table = new Float64Array(NORM_TABLE_SIZE)
  readonly #base: number
  readonly #perToken: number

  constructor(k1: number, b: number, statistics: FieldStatistics) {
    const average = statistics.docCount > 0 ? statistics.tokenCount / statistics.docCount : 1
    this.#base = k1 * (1 - b)
    this.#perToken = (k1 * b) / average
    for (let length = 0; length < NORM_TABLE_SIZE; length++) this.table[length] = this.#compute(length)
  }

  at(length: number): number {
    return length < NORM_TABLE_SIZE ? this.table[length]! : this.#compute(length)
  }

  #compute(length: number): number {
    return this.#base + this.#perToken * length
  }
}

/** The score of one term (or phrase) of one field is `weight × f / (f + norm(length))`. */
export type TermWeight = {
  /** boost × idf × (k1 + 1) */
  readonly weight: number
  readonly norms: LengthNorms
}

/** The score of a term: `freq` is its frequency in the document, `length` the length of the field. */
export function bm25(scoring: TermWeight, freq: number, length: number): number {
  return (scoring.weight * freq) / (freq + scoring.norms.at(length))
}

/** Tables kept, one per field and state of its statistics. */
const CACHED_NORMS_MAX = 256

/** A cache of norms: statistics change only with commits, and computing a table costs more than scoring a rare term. */
export class LengthNormsCache {
  readonly #known = new Map<string, LengthNorms>()

  get(k1: number, b: number, statistics: FieldStatistics): LengthNorms {
    const key = `${k1} ${b} ${statistics.docCount} ${statistics.tokenCount}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const norms = new LengthNorms(k1, b, statistics)
    if (this.#known.size >= CACHED_NORMS_MAX) this.#known.clear()
    this.#known.set(key, norms)
    return norms
  }
}

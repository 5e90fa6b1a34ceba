import type { DocId } from '../../postings/posting-list.ts'

/**
 * Number of documents evaluated together. Small enough for a window's scores (16 KB) to stay in the first-level cache, large
 * enough to make the work per window negligible.
 */
export const WINDOW_SIZE = 2048
/** Number of 32-bit words in the bits of a window. */
export const WINDOW_WORDS = WINDOW_SIZE / 32

/** One bit per document of a window: bit `i & 31` of word `i >>> 5`. Length {@link WINDOW_WORDS}. */
export type WindowBits = Uint32Array

/** The result of {@link WindowNode.bound} if no document can match. */
export const NO_MATCH = -1

/**
 * Evaluates a part of a query over one segment, window by window, in ascending order. The arrays belong to the node and hold
 * the last evaluated window.
 */
export interface WindowNode {
  /** The matching documents of the window. */
  readonly bits: WindowBits
  /** The exact scores of matching documents; other entries have no meaning. Length {@link WINDOW_SIZE}. */
  readonly scores: Float64Array
  /** Approximate number of matches in the whole segment; orders conjunctions. */
  readonly costEstimate: number

  /** An upper bound of all scores in `[base, end)`, including rounding; {@link NO_MATCH} if no document there matches. */
  bound(base: DocId, end: DocId): number

  /**
   * Fills `bits` and `scores` for `[base, end)`. Bit 0 is document `base`, a multiple of {@link WINDOW_SIZE}. If `within` is
   * given, only documents in it are evaluated and set in `bits`.
   */
  evaluate(base: DocId, end: DocId, within: WindowBits | undefined): void

  /** Adds the matching documents of `[base, end)` to `into`, without scoring. May change `bits` and `scores`. */
  mark(base: DocId, end: DocId, into: WindowBits): void
}

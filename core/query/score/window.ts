import type { DocId } from '../../postings/posting-list.ts'

/**
 * Documents that are evaluated together. Small enough for a window's scores to
 * stay in the first-level cache (16 KB), large enough that what is done once a
 * window costs nothing.
 */
export const WINDOW_SIZE = 2048
/** 32-bit words of the bits of a window. */
export const WINDOW_WORDS = WINDOW_SIZE / 32

/** One bit a document of a window; bit `i` of word `i >>> 5`. Length {@link WINDOW_WORDS}. */
export type WindowBits = Uint32Array

/** What {@link WindowNode.bound} answers where no document can match. */
export const NO_MATCH = -1

/**
 * A part of a query, evaluated over one segment window by window, in ascending
 * order. Its arrays belong to it and hold the window that was evaluated last.
 */
export interface WindowNode {
  /** The matching documents of the window. */
  readonly bits: WindowBits
  /** Their exact scores; only meaningful where `bits` is set. Length {@link WINDOW_SIZE}. */
  readonly scores: Float64Array
  /** About how many documents match in the whole segment; orders conjunctions. */
  readonly costEstimate: number

  /** No document in `[base, end)` scores more, rounding included; {@link NO_MATCH} if none there matches. */
  bound(base: DocId, end: DocId): number

  /**
   * Fills `bits` and `scores` for `[base, end)`; bit 0 is document `base`, a
   * multiple of {@link WINDOW_SIZE}. With `within`, only documents in it matter: others
   * may be left out, and are left out of `bits`.
   */
  evaluate(base: DocId, end: DocId, within: WindowBits | undefined): void

  /** Adds the matching documents of `[base, end)` to `into`, without scoring. May change `bits` and `scores`. */
  mark(base: DocId, end: DocId, into: WindowBits): void
}

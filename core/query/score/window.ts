import { BLOCK_SIZE } from '../../bytes/bit-packing.ts'
import type { DocId } from '../../postings/posting-list.ts'

/**
 * Documents that are evaluated together. Small enough for a window's scores to
 * stay in the first-level cache (16 KB), large enough that what is done once a
 * window costs nothing.
 */
export const WINDOW_SIZE = 2048
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

/**
 * Arrays of windows that nodes hold, used again from segment to segment: zeroing
 * fresh ones would cost a warm search of rare terms more than its scoring.
 */
const pool = {
  bits: [] as WindowBits[],
  scores: [] as Float64Array[],
  blocks: [] as Uint32Array[],
  // Nothing is lent outside of withWindows.
  bitsTaken: Number.POSITIVE_INFINITY,
  scoresTaken: Number.POSITIVE_INFINITY,
  blocksTaken: Number.POSITIVE_INFINITY,
}

/** Arrays that are kept; a query of more nodes than that makes its own. */
const POOLED_MAX = 256

/** Bits with any content: they are written before they are read. */
export function newBits(): WindowBits {
  if (pool.bitsTaken >= POOLED_MAX) return new Uint32Array(WINDOW_WORDS)
  pool.bits[pool.bitsTaken] ??= new Uint32Array(WINDOW_WORDS)
  return pool.bits[pool.bitsTaken++]!
}

/** Scores with any content: they only mean something where a bit is set. */
export function newScores(): Float64Array {
  if (pool.scoresTaken >= POOLED_MAX) return new Float64Array(WINDOW_SIZE)
  pool.scores[pool.scoresTaken] ??= new Float64Array(WINDOW_SIZE)
  return pool.scores[pool.scoresTaken++]!
}

/** Room for one decoded block of postings, with any content. */
export function newBlock(): Uint32Array {
  if (pool.blocksTaken >= POOLED_MAX) return new Uint32Array(BLOCK_SIZE)
  pool.blocks[pool.blocksTaken] ??= new Uint32Array(BLOCK_SIZE)
  return pool.blocks[pool.blocksTaken++]!
}

/**
 * Runs `execute`, which compiles and executes a query over one segment, and
 * takes the arrays of its nodes back. Nodes must not outlive it; that it is
 * synchronous, and never nested, keeps others from taking the same arrays.
 */
export function withWindows<T>(execute: () => T): T {
  pool.bitsTaken = 0
  pool.scoresTaken = 0
  pool.blocksTaken = 0
  try {
    return execute()
  } finally {
    pool.bitsTaken = Number.POSITIVE_INFINITY
    pool.scoresTaken = Number.POSITIVE_INFINITY
    pool.blocksTaken = Number.POSITIVE_INFINITY
  }
}

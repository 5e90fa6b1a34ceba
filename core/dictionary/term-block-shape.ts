import { BLOCK_SIZE } from '../bytes/bit-packing.ts'
import { FREQUENT_DOC_FREQ } from '../postings/encode-postings.ts'
import type { Lane } from './lane.ts'

/** Entries of a dictionary block; only the last block of a lane may have fewer. */
export const TERM_BLOCK_SIZE = 64

/**
 * Maximum bytes of a position list in the dictionary block, next to its postings. For shorter lists, a checksum and a
 * request would cost more than the positions themselves.
 */
export const INLINE_POSITIONS_MAX = 64

/** Maximum frequency of a term whose only document is in the columns of the block; otherwise the term has lists. */
export const SINGLE_FREQ_MAX = 16

/** Determines what the entries of a block contain. */
export type TermBlockShape = {
  readonly lane: Lane
  /** `frequent` blocks are in the footer and hold terms with more than {@link FREQUENT_DOC_FREQ} documents. */
  readonly place: 'dictionary' | 'frequent'
}

/** Whether a posting list is in its dictionary block, not in the postings section. */
export function hasInlinePostings(docFreq: number): boolean {
  return docFreq <= FREQUENT_DOC_FREQ
}

/** Whether a position list of `byteSize` bytes, without checksum, is in its dictionary block. */
export function hasInlinePositions(docFreq: number, byteSize: number): boolean {
  return docFreq <= FREQUENT_DOC_FREQ && byteSize <= INLINE_POSITIONS_MAX
}

/** Where a position list begins in its section if the previous one ends at `end`: packed lists are aligned. */
export function positionsStart(end: number, docFreq: number): number {
  return docFreq < BLOCK_SIZE ? end : Math.ceil(end / 4) * 4
}

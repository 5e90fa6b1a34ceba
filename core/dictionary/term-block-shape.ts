import { BLOCK_SIZE } from '../bytes/bit-packing.ts'
import { FREQUENT_DOC_FREQ } from '../postings/encode-postings.ts'
import type { Lane } from './lane.ts'

/** Entries of a dictionary block; only a lane's last block may hold fewer. */
export const TERM_BLOCK_SIZE = 64

/**
 * Position lists of up to this many bytes lie next to their postings in the dictionary block. In a
 * section of their own the checksum and the request would cost more than the positions themselves.
 */
export const INLINE_POSITIONS_MAX = 64

/** A term of one document that contains it more often than this has lists like any other. */
export const SINGLE_FREQ_MAX = 16

/** What the entries of a block hold, which depends on where the block is. */
export type TermBlockShape = {
  readonly lane: Lane
  /** `frequent` blocks are those of the footer, of terms with more than {@link FREQUENT_DOC_FREQ} documents. */
  readonly place: 'dictionary' | 'frequent'
}

/** Whether a posting list lies next to its dictionary block rather than in the postings section. */
export function hasInlinePostings(docFreq: number): boolean {
  return docFreq <= FREQUENT_DOC_FREQ
}

/** Whether a position list of so many bytes, without checksum, lies next to its dictionary block. */
export function hasInlinePositions(docFreq: number, byteSize: number): boolean {
  return docFreq <= FREQUENT_DOC_FREQ && byteSize <= INLINE_POSITIONS_MAX
}

/** Where in its section a position list begins, when the one before it ended at `end`: packed lists are aligned. */
export function positionsStart(end: number, docFreq: number): number {
  return docFreq < BLOCK_SIZE ? end : Math.ceil(end / 4) * 4
}

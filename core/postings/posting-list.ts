import type { BLOCK_SIZE } from '../bytes/bit-packing.ts'

/** Position of a document inside one segment: dense, from 0, in ascending order of ids. */
export type DocId = number

/** What the dictionary and the segment know of a list before it is read. */
export type StoredList = {
  readonly docFreq: number
  readonly scored: boolean
  /** Documents of the segment; every docId is below it. */
  readonly docCount: number
  /** Names the file and the part of it, for errors: "seg/17-x.seg: postings of …". */
  readonly source: string
}

/**
 * The documents of one term in one segment, in blocks that are decoded one at a
 * time. All bytes were verified when the list was made, so nothing here throws.
 */
export interface PostingList {
  /** Documents in the list, deleted ones included. At least 1. */
  readonly docFreq: number
  readonly blockCount: number
  /** Per block its largest docId; strictly increasing. Length `blockCount`. */
  readonly lastDocs: Uint32Array
  /** Scored lists hold frequencies and field lengths; unscored ones (keywords, forms) do not. */
  readonly scored: boolean

  /**
   * The Pareto-optimal (frequency, field length) pairs of block `b` are those at
   * `[impactStarts[b], impactStarts[b + 1])`: no document of the block has a higher
   * frequency with a shorter field than all of them. Empty arrays when not scored.
   */
  readonly impactStarts: Uint32Array
  readonly impactFreqs: Uint32Array
  readonly impactLengths: Uint32Array

  /** Documents in block `b`: {@link BLOCK_SIZE}, or fewer in the last. */
  blockLength(b: number): number
  /** Writes the docIds of block `b` to `out[0..blockLength(b))`; `out` holds {@link BLOCK_SIZE} or more. */
  decodeDocs(b: number, out: Uint32Array): void
  /** Writes the term's frequencies in the documents of block `b`. Only if `scored`. */
  decodeFreqs(b: number, out: Uint32Array): void
  /** Writes the exact lengths, in tokens, of the field in the documents of block `b`. Only if `scored`. */
  decodeLengths(b: number, out: Uint32Array): void
}

/**
 * Where a term stands in its documents; blocks match those of its {@link PostingList}. Keeps nothing of a call, so
 * that all parts of a query, and all searches, can share one.
 */
export interface PositionList {
  /**
   * Decodes the positions of block `b`: for each document in turn its `freqs[i]`
   * ascending positions, one after another.
   *
   * @param freqs as {@link PostingList.decodeFreqs} wrote them
   * @param into memory of the caller's
   * @returns `into`, or a longer array if that is too short; what follows the sum of `freqs` means nothing
   */
  decode(b: number, freqs: Uint32Array, into: Uint32Array): Uint32Array

  /**
   * Opens a reader of single documents, whose memory does not depend on how long the documents are.
   *
   * @param scratch room for {@link BLOCK_SIZE} numbers, which the reader uses until it is dropped
   */
  reader(scratch: Uint32Array): PositionReader
}

/** Reads where a term stands in one document after another. Cheap while documents ascend; others may follow too. */
export interface PositionReader {
  /** Moves to block `b`, whose frequencies add up to `total`. */
  beginBlock(b: number, total: number): void
  /**
   * Writes the ascending positions of one document to `out[at, at + freq)`.
   *
   * @param start sum of the frequencies of the block's documents before this one
   */
  read(start: number, freq: number, out: Uint32Array, at: number): void
}

import type { BLOCK_SIZE } from '../bytes/bit-packing.ts'

/** Position of a document in one segment: dense from 0, in ascending order of ids. */
export type DocId = number

/** What the dictionary and the segment say about a list before it is read. */
export type StoredList = {
  readonly docFreq: number
  readonly scored: boolean
  /** Number of documents in the segment; every docId is below. */
  readonly docCount: number
  /** Names the file and its part in errors: "seg/17-x.seg: postings of …". */
  readonly source: string
}

/**
 * The documents of one term in one segment, in blocks that are decoded one at a time. Opening the list has verified all
 * bytes, so nothing here throws.
 */
export interface PostingList {
  /** Number of documents in the list, including deleted ones. At least 1. */
  readonly docFreq: number
  readonly blockCount: number
  /** Per block: its largest docId. Strictly ascending; length `blockCount`. */
  readonly lastDocs: Uint32Array
  /** Whether the list has frequencies and field lengths; lists of keywords and forms do not. */
  readonly scored: boolean

  /**
   * The Pareto-optimal (frequency, field length) pairs of block `b` are at `[impactStarts[b], impactStarts[b + 1])`:
   * for each document of the block, a pair has at least its frequency and at most its length. Empty if not scored.
   */
  readonly impactStarts: Uint32Array
  readonly impactFreqs: Uint32Array
  readonly impactLengths: Uint32Array

  /** Number of documents in block `b`: {@link BLOCK_SIZE}, or fewer in the last block. */
  blockLength(b: number): number
  /** Writes the docIds of block `b` to `out[0, blockLength(b))`; `out` has at least {@link BLOCK_SIZE} elements. */
  decodeDocs(b: number, out: Uint32Array): void
  /** Writes the frequencies of the term in the documents of block `b`. Only if `scored`. */
  decodeFreqs(b: number, out: Uint32Array): void
  /** Writes the exact lengths of the field in the documents of block `b`, in tokens. Only if `scored`. */
  decodeLengths(b: number, out: Uint32Array): void
}

/**
 * The positions of a term in its documents, in the same blocks as its {@link PostingList}. Stateless, so all parts of a
 * query and all searches can share a list.
 */
export interface PositionList {
  /**
   * Decodes the positions of block `b`: `freqs[i]` ascending positions for each document, in order.
   *
   * @param freqs frequencies from {@link PostingList.decodeFreqs}
   * @param into memory to reuse
   * @returns `into`, or a new array if `into` is too short; elements beyond the sum of `freqs` are undefined
   */
  decode(b: number, freqs: Uint32Array, into: Uint32Array): Uint32Array

  /**
   * Opens a reader of single documents, whose memory does not depend on the lengths of the documents.
   *
   * @param scratch room for {@link BLOCK_SIZE} numbers, which the reader uses throughout its life
   */
  reader(scratch: Uint32Array): PositionReader
}

/** Reads the positions of a term in single documents, in any order. Cheap while documents ascend. */
export interface PositionReader {
  /** Moves to block `b`, whose frequencies add up to `total`. */
  beginBlock(b: number, total: number): void
  /**
   * Writes the ascending positions of one document to `out[at, at + freq)`.
   *
   * @param start sum of the frequencies of the documents before this one in the block
   */
  read(start: number, freq: number, out: Uint32Array, at: number): void
}

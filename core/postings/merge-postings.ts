import { assert } from '../assert.ts'
import { BLOCK_SIZE } from '../bytes/bit-packing.ts'
import type { Postings } from './encode-postings.ts'
import type { PositionList, PostingList } from './posting-list.ts'
import { PostingsBuffer } from './postings-buffer.ts'

/** Marks a document in a {@link DocIdMap} that the merge omits. */
export const TOMBSTONE = 0xffff_ffff

/**
 * By docId of a source: the docId after the merge, or {@link TOMBSTONE}. DocIds ascend, because they follow the order
 * of ids before and after the merge. Maps of different sources have no docId in common.
 */
export type DocIdMap = Uint32Array

/** The lists of a term in one segment. */
export type MergeSource = {
  readonly postings: PostingList
  /** Absent if positions are not merged. */
  readonly positions?: PositionList | undefined
  readonly map: DocIdMap
}

/** Receives the next documents of the merged list. The arrays are overwritten after the call. */
export interface MergeSink {
  add(postings: Postings, positions?: Uint32Array): void
}

/**
 * What the merged list has. `documents` may be merged from scored lists, because a form may share the list of its term.
 */
export type MergedKind = 'documents' | 'scored'

/** Documents per call of the sink. */
const PIECE_SIZE = 1024
const POSITIONS_PER_PIECE = 1 << 16
/** Greater than all docIds: the cursor is at its end. */
const END = 0xffff_ffff

/**
 * Merges the posting lists of one term in several sources, in the order of the new docIds. Holds one block per source
 * and one piece of output, regardless of the lengths of the lists. One instance serves many terms.
 */
export class PostingsMerger {
  readonly #scored: boolean
  readonly #cursors: Cursor[] = []
  /** Per source: the docId of its cursor. */
  #heads = new Uint32Array(16)
  readonly #out = new PostingsBuffer()

  constructor(kind: MergedKind) {
    this.#scored = kind === 'scored'
    this.#out.reserveDocs(PIECE_SIZE)
  }

  /** Passes the surviving documents of all sources to `sink`. @returns how many there are, which may be 0 */
  merge(sources: readonly MergeSource[], sink: MergeSink): number {
    if (sources.length === 0) return 0
    const count = sources.length
    const cursors = this.#open(sources)
    const heads = this.#heads
    let total = 0
    for (;;) {
      // Find the source with the smallest docId, and the smallest docId of the other sources.
      let first = 0
      let second = END
      for (let i = 1; i < count; i++) {
        const head = heads[i]!
        if (head < heads[first]!) {
          second = heads[first]!
          first = i
        } else if (head < second) second = head
      }
      if (heads[first] === END) break
      const cursor = cursors[first]!
      // No other source has a document before `second`, so this source is read up to there without comparisons.
      while (cursor.doc < second) {
        this.#take(cursor)
        total++
        if (this.#out.count === PIECE_SIZE || this.#out.positionCount >= POSITIONS_PER_PIECE) this.#flush(sink)
      }
      heads[first] = cursor.doc
    }
    if (this.#out.count > 0) this.#flush(sink)
    return total
  }

  #open(sources: readonly MergeSource[]): readonly Cursor[] {
    while (this.#cursors.length < sources.length) this.#cursors.push(new Cursor())
    if (this.#heads.length < sources.length) this.#heads = new Uint32Array(sources.length * 2)
    for (let i = 0; i < sources.length; i++) {
      const cursor = this.#cursors[i]!
      cursor.open(sources[i]!, this.#scored)
      this.#heads[i] = cursor.doc
    }
    return this.#cursors
  }

  /** Copies the document at the cursor and advances the cursor. */
  #take(cursor: Cursor): void {
    const out = this.#out
    const at = out.count++
    out.docIds[at] = cursor.doc
    if (this.#scored) {
      const freq = cursor.freqs[cursor.i]!
      out.freqs[at] = freq
      out.lengths[at] = cursor.lengths[cursor.i]!
      if (cursor.hasPositions) this.#takePositions(cursor.positions, cursor.positionsAt, freq)
    }
    cursor.next()
  }

  #takePositions(positions: Uint32Array, from: number, freq: number): void {
    const out = this.#out
    out.reservePositions(out.positionCount + freq)
    for (let i = from; i < from + freq; i++) out.positions[out.positionCount++] = positions[i]!
  }

  #flush(sink: MergeSink): void {
    const { docIds, freqs, lengths, positions, count } = this.#out
    if (this.#scored) sink.add({ docIds, freqs, lengths, count }, positions)
    else sink.add({ docIds, count })
    this.#out.clear()
  }
}

/** Iterates over the surviving documents of one source. */
class Cursor {
  /** New docId of the current document; {@link END} after the last one. */
  doc = END
  /** Index of the current document in its block. */
  i = 0
  hasPositions = false
  readonly freqs = new Uint32Array(BLOCK_SIZE)
  readonly lengths = new Uint32Array(BLOCK_SIZE)
  positions: Uint32Array = new Uint32Array(2 * BLOCK_SIZE)
  positionsAt = 0
  readonly #docIds = new Uint32Array(BLOCK_SIZE)
  #source: MergeSource | undefined
  #scored = false
  #block = 0
  #count = 0

  open(source: MergeSource, scored: boolean): void {
    assert(!scored || source.postings.scored, 'frequencies are merged from scored lists')
    this.#source = source
    this.#scored = scored
    this.#block = -1
    this.#count = 0
    this.i = -1
    this.doc = 0
    this.hasPositions = scored && source.positions !== undefined
    this.next()
  }

  next(): void {
    const map = this.#source!.map
    do {
      if (this.hasPositions && this.i >= 0) this.positionsAt += this.freqs[this.i]!
      this.i++
      if (this.i === this.#count && !this.#nextBlock()) {
        this.doc = END
        this.#source = undefined
        return
      }
      this.doc = map[this.#docIds[this.i]!]!
    } while (this.doc === TOMBSTONE)
  }

  #nextBlock(): boolean {
    const { postings, positions } = this.#source!
    const b = ++this.#block
    if (b === postings.blockCount) return false
    this.i = 0
    this.#count = postings.blockLength(b)
    postings.decodeDocs(b, this.#docIds)
    if (!this.#scored) return true
    postings.decodeFreqs(b, this.freqs)
    postings.decodeLengths(b, this.lengths)
    if (positions !== undefined) this.positions = positions.decode(b, this.freqs, this.positions)
    this.positionsAt = 0
    return true
  }
}

import { BLOCK_SIZE } from '../../bytes/bit-packing.ts'
import { anyBetween, bitsetAdd, bitsetHas } from '../../bytes/bitset.ts'
import type { DocId, PositionList, PositionReader, PostingList } from '../../postings/posting-list.ts'
import type { TermWeight } from './bm25.ts'
import { type WordOccurrences, wordsAt } from './phrase-frequency.ts'
import { BlockBounds, TermCursor } from './term-cursor.ts'
import { NO_MATCH, type WindowBits } from './window.ts'
import { newBlock } from './window-arena.ts'

/** A term of a phrase with its positions in the phrase: several if the phrase repeats the term. */
export type PhraseTerm = {
  readonly list: PostingList
  readonly positions: PositionList
  /** Ascending. */
  readonly offsets: readonly number[]
}

/** A place in the posting and position lists of one term of a phrase. */
export class PhraseTermCursor {
  readonly cursor: TermCursor
  /** One per position in the phrase. All share the same occurrences, of which each takes its own. */
  readonly words: readonly WordOccurrences[]
  readonly #bounds: BlockBounds
  readonly #positions: PositionReader
  /** The index of each document's first position among those of the block. */
  readonly #starts = new Uint32Array(BLOCK_SIZE + 1)
  /** The block of `#starts`. */
  #startsBlock = -1
  /** The block and index of {@link moveTo}. The cursor itself stays at the window's beginning: a window may be evaluated twice. */
  #block = 0
  #index = 0

  constructor({ list, positions, offsets }: PhraseTerm, weight: TermWeight) {
    this.cursor = new TermCursor(list)
    this.words = wordsAt(offsets)
    this.#bounds = new BlockBounds(list, weight)
    this.#positions = positions.reader(newBlock())
  }

  bound(base: DocId, end: DocId): number {
    const { cursor } = this
    if (!cursor.seek(base)) return NO_MATCH
    if (cursor.block > 0 && cursor.list.lastDocs[cursor.block - 1]! >= end - 1) return NO_MATCH
    return this.#bounds.over(cursor.block, end)
  }

  /** Marks the term's documents; if `within` is given, only those in it. @returns whether there are any */
  markWithin(base: DocId, end: DocId, within: WindowBits | undefined, into: WindowBits): boolean {
    const { cursor } = this
    const { list, docs } = cursor
    let found = false
    cursor.seek(base)
    this.#block = cursor.block
    for (let b = cursor.block; b < list.blockCount; b++) {
      const first = b === 0 ? base : Math.max(base, list.lastDocs[b - 1]! + 1)
      const last = Math.min(end - 1, list.lastDocs[b]!)
      if (first > last) break
      if (within === undefined || anyBetween(within, first - base, last - base)) {
        cursor.loadDocs(b)
        const length = list.blockLength(b)
        for (let i = cursor.lowerBound(b, base); i < length && docs[i]! < end; i++) {
          if (within !== undefined && !bitsetHas(within, docs[i]! - base)) continue
          bitsetAdd(into, docs[i]! - base)
          found = true
        }
      }
      if (list.lastDocs[b]! >= end - 1) break
    }
    return found
  }

  /**
   * Moves to `doc`, which contains the term. Within a window, `doc` never decreases.
   *
   * @returns how often the term occurs in `doc`, or 0 if that is too seldom for all its positions in the phrase
   */
  moveTo(doc: DocId): number {
    const { cursor } = this
    while (cursor.list.lastDocs[this.#block]! < doc) this.#block++
    const b = this.#block
    cursor.loadDocs(b)
    if (this.#startsBlock !== b) this.#loadStarts(b)
    this.#index = cursor.lowerBound(b, doc)
    const freq = cursor.freqs[this.#index]!
    return freq < this.words.length ? 0 : freq
  }

  /**
   * Writes the positions in the document of {@link moveTo} to `into` from `at` on, and lets `words` refer to them.
   *
   * @returns the index after the last position
   */
  readPositions(into: Uint32Array, at: number): number {
    const start = this.#starts[this.#index]!
    const end = at + this.#starts[this.#index + 1]! - start
    this.#positions.read(start, end - at, into, at)
    for (const [w, word] of this.words.entries()) {
      word.positions = into
      word.start = at + w
      word.end = end
    }
    return end
  }

  /** Length of the field in the document of {@link moveTo}, in words. */
  fieldLength(): number {
    this.cursor.loadLengths(this.#block)
    return this.cursor.lengths[this.#index]!
  }

  #loadStarts(b: number): void {
    const { cursor } = this
    cursor.loadFreqs(b)
    const length = cursor.list.blockLength(b)
    for (let i = 0; i < length; i++) this.#starts[i + 1] = this.#starts[i]! + cursor.freqs[i]!
    this.#positions.beginBlock(b, this.#starts[length]!)
    this.#startsBlock = b
  }
}

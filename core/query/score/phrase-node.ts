import { BLOCK_SIZE } from '../../bytes/bit-packing.ts'
import type { DocId, PositionList, PostingList } from '../../postings/posting-list.ts'
import { andInto, anyBetween, hasBit, setBit } from '../filter/bits.ts'
import { bm25, type TermWeight } from './bm25.ts'
import { phraseFrequency, type TermOccurrences } from './phrase-frequency.ts'
import { BlockBounds, TermCursor } from './term-cursor.ts'
import { NO_MATCH, newBits, newScores, type WindowBits, type WindowNode } from './window.ts'

export type PhraseTerm = {
  readonly list: PostingList
  readonly positions: PositionList
  /** Place in the phrase. */
  readonly offset: number
}

/** Documents in which several terms of one field stand together, scored by BM25 as if the phrase were a term. */
export class PhraseNode implements WindowNode {
  readonly bits = newBits()
  readonly scores = newScores()
  readonly costEstimate: number
  /** Rarest term first, so that the others are only looked at where it occurs. */
  readonly #terms: readonly PhraseTermCursor[]
  readonly #occurrences: readonly TermOccurrences[]
  readonly #weight: TermWeight
  readonly #slop: number
  readonly #candidates = newBits()
  readonly #marks = newBits()

  constructor(terms: readonly PhraseTerm[], slop: number, weight: TermWeight) {
    this.#terms = terms
      .map((term) => new PhraseTermCursor(term, weight))
      .sort((a, b) => a.cursor.list.docFreq - b.cursor.list.docFreq)
    this.#occurrences = this.#terms.map((term) => term.occurrences)
    this.#slop = slop
    this.#weight = weight
    this.costEstimate = this.#terms[0]!.cursor.list.docFreq
  }

  bound(base: DocId, end: DocId): number {
    let bound = Number.POSITIVE_INFINITY
    for (const term of this.#terms) {
      const own = term.bound(base, end)
      if (own === NO_MATCH) return NO_MATCH
      // Every occurrence of the exact phrase is one of each of its terms. A sloppy one may share them, so there only the limit for f → ∞ holds.
      bound = Math.min(bound, this.#slop === 0 ? own : this.#weight.weight)
    }
    return bound
  }

  evaluate(base: DocId, end: DocId, within: WindowBits | undefined): void {
    const { bits, scores } = this
    bits.fill(0)
    if (!this.#findCandidates(base, end, within)) return
    const first = this.#terms[0]!
    for (let w = 0; w < this.#candidates.length; w++) {
      for (let word = this.#candidates[w]!; word !== 0; word &= word - 1) {
        const d = (w << 5) + 31 - Math.clz32(word & -word)
        for (const term of this.#terms) term.moveTo(base + d)
        const frequency = phraseFrequency(this.#occurrences, this.#slop)
        if (frequency === 0) continue
        setBit(bits, d)
        scores[d] = bm25(this.#weight, frequency, first.fieldLength())
      }
    }
  }

  mark(base: DocId, end: DocId, into: WindowBits): void {
    this.evaluate(base, end, undefined)
    for (let w = 0; w < into.length; w++) into[w]! |= this.bits[w]!
  }

  /** Documents that contain all terms, into `#candidates`. */
  #findCandidates(base: DocId, end: DocId, within: WindowBits | undefined): boolean {
    const candidates = this.#candidates
    let narrowed = within
    for (const term of this.#terms) {
      this.#marks.fill(0)
      if (!term.markWithin(base, end, narrowed, this.#marks)) return false
      if (narrowed === candidates) andInto(candidates, this.#marks)
      else candidates.set(this.#marks)
      narrowed = candidates
    }
    return true
  }
}

class PhraseTermCursor {
  readonly cursor: TermCursor
  readonly occurrences: TermOccurrences
  readonly #bounds: BlockBounds
  readonly #positions: PositionList
  /** Where each document's positions begin in those of the block. */
  readonly #starts = new Uint32Array(BLOCK_SIZE + 1)
  /** Where {@link moveTo} stands. The cursor itself stays at the window's beginning: a window may be evaluated twice. */
  #block = 0
  #positionsBlock = -1
  #blockPositions: Uint32Array = new Uint32Array(2 * BLOCK_SIZE)
  #index = 0

  constructor(term: PhraseTerm, weight: TermWeight) {
    this.cursor = new TermCursor(term.list)
    this.#bounds = new BlockBounds(term.list, weight)
    this.#positions = term.positions
    this.occurrences = { positions: this.#blockPositions, start: 0, end: 0, offset: term.offset }
  }

  bound(base: DocId, end: DocId): number {
    const { cursor } = this
    if (!cursor.seek(base)) return NO_MATCH
    if (cursor.block > 0 && cursor.list.lastDocs[cursor.block - 1]! >= end - 1) return NO_MATCH
    return this.#bounds.over(cursor.block, end)
  }

  /** Marks the term's documents, only those of `within` if given. @returns whether there are any */
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
          if (within !== undefined && !hasBit(within, docs[i]! - base)) continue
          setBit(into, docs[i]! - base)
          found = true
        }
      }
      if (list.lastDocs[b]! >= end - 1) break
    }
    return found
  }

  /** Points `occurrences` at the positions in `doc`, which contains the term; within a window, `doc` never decreases. */
  moveTo(doc: DocId): void {
    const { cursor } = this
    while (cursor.list.lastDocs[this.#block]! < doc) this.#block++
    const b = this.#block
    cursor.loadDocs(b)
    if (this.#positionsBlock !== b) this.#loadPositions(b)
    this.#index = cursor.lowerBound(b, doc)
    this.occurrences.positions = this.#blockPositions
    this.occurrences.start = this.#starts[this.#index]!
    this.occurrences.end = this.#starts[this.#index + 1]!
  }

  /** Length of the field in the document that {@link moveTo} moved to. */
  fieldLength(): number {
    this.cursor.loadLengths(this.#block)
    return this.cursor.lengths[this.#index]!
  }

  #loadPositions(b: number): void {
    const { cursor } = this
    cursor.loadFreqs(b)
    this.#blockPositions = this.#positions.decode(b, cursor.freqs, this.#blockPositions)
    const length = cursor.list.blockLength(b)
    for (let i = 0; i < length; i++) this.#starts[i + 1] = this.#starts[i]! + cursor.freqs[i]!
    this.#positionsBlock = b
  }
}

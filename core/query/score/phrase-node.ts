import { andInto, bitsetAdd } from '../../bytes/bitset.ts'
import type { DocId } from '../../postings/posting-list.ts'
import { bm25, type TermWeight } from './bm25.ts'
import { phraseFrequency, type WordOccurrences } from './phrase-frequency.ts'
import { type PhraseTerm, PhraseTermCursor } from './phrase-term-cursor.ts'
import { NO_MATCH, type WindowBits, type WindowNode } from './window.ts'
import { newBits, newBlock, newScores } from './window-arena.ts'

/**
 * Matches documents in which words of one field form a phrase. The score is BM25 as if the phrase were a term. Holds the
 * positions of one document at a time.
 */
export class PhraseNode implements WindowNode {
  readonly bits = newBits()
  readonly scores = newScores()
  readonly costEstimate: number
  /** Rarest term first, so that the other terms are read only where the rarest occurs. */
  readonly #terms: readonly PhraseTermCursor[]
  readonly #words: WordOccurrences[]
  readonly #weight: TermWeight
  readonly #slop: number
  readonly #candidates = newBits()
  readonly #marks = newBits()
  /** The positions of all terms in one document, one term after another: at most one position per word of the field. */
  #positions = newBlock()

  constructor(terms: readonly PhraseTerm[], slop: number, weight: TermWeight) {
    this.#terms = terms
      .map((term) => new PhraseTermCursor(term, weight))
      .sort((a, b) => a.cursor.list.docFreq - b.cursor.list.docFreq)
    this.#words = this.#terms.flatMap(({ words }) => words)
    this.#slop = slop
    this.#weight = weight
    this.costEstimate = this.#terms[0]!.cursor.list.docFreq
  }

  bound(base: DocId, end: DocId): number {
    let bound = Number.POSITIVE_INFINITY
    for (const term of this.#terms) {
      const own = term.bound(base, end)
      if (own === NO_MATCH) return NO_MATCH
      // The exact phrase occurs at most as often as each of its terms. Sloppy matches may share occurrences of terms, so only the
      // limit of the score for f → ∞ bounds them.
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
        const frequency = this.#readPositions(base + d) ? phraseFrequency(this.#words, this.#slop) : 0
        if (frequency === 0) continue
        bitsetAdd(bits, d)
        scores[d] = bm25(this.#weight, frequency, first.fieldLength())
      }
    }
  }

  mark(base: DocId, end: DocId, into: WindowBits): void {
    this.evaluate(base, end, undefined)
    for (let w = 0; w < into.length; w++) into[w]! |= this.bits[w]!
  }

  /** Sets `#candidates` to the documents that contain all terms. @returns whether there are any */
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

  /** Reads the positions of all terms in a document that contains them. @returns false if a term occurs too seldom for the phrase */
  #readPositions(doc: DocId): boolean {
    let total = 0
    for (const term of this.#terms) {
      const freq = term.moveTo(doc)
      if (freq === 0) return false
      total += freq
    }
    if (total > this.#positions.length) this.#positions = new Uint32Array(2 * total)
    let at = 0
    for (const term of this.#terms) at = term.readPositions(this.#positions, at)
    return true
  }
}

import { andInto, isEmpty, setFirst } from '../../bytes/bitset.ts'
import type { DocId } from '../../postings/posting-list.ts'
import { NO_MATCH, WINDOW_WORDS, type WindowBits, type WindowNode } from './window.ts'
import { newBits, newScores } from './window-arena.ts'

/** Matches the documents of a set that was read before, all with the same score: keywords, patterns, ranges, exists. */
export class SetNode implements WindowNode {
  readonly bits = newBits()
  readonly scores = newScores()
  readonly costEstimate: number
  readonly #documents: Uint32Array
  /** The score of every match. */
  readonly score: number

  /** @param documents one bit per document of the segment */
  constructor(documents: Uint32Array, count: number, score: number) {
    this.#documents = documents
    this.score = score
    this.costEstimate = count
    this.scores.fill(score)
  }

  bound(base: DocId, end: DocId): number {
    const last = Math.min(this.#documents.length, (end + 31) >>> 5)
    for (let w = base >>> 5; w < last; w++) if (this.#documents[w] !== 0) return this.score
    return NO_MATCH
  }

  evaluate(base: DocId, _end: DocId, within: WindowBits | undefined): void {
    copyWindow(this.#documents, base, this.bits)
    if (within !== undefined) andInto(this.bits, within)
  }

  mark(base: DocId, _end: DocId, into: WindowBits): void {
    const first = base >>> 5
    const words = Math.min(WINDOW_WORDS, this.#documents.length - first)
    for (let w = 0; w < words; w++) into[w]! |= this.#documents[first + w]!
  }
}

/** Matches every document with the same score. */
export class AllNode implements WindowNode {
  readonly bits = newBits()
  readonly scores = newScores()
  readonly costEstimate: number
  /** The score of every match. */
  readonly score: number

  constructor(docCount: number, score: number) {
    this.costEstimate = docCount
    this.score = score
    this.scores.fill(score)
  }

  bound(): number {
    return this.score
  }

  evaluate(base: DocId, end: DocId, within: WindowBits | undefined): void {
    setFirst(this.bits, end - base)
    if (within !== undefined) andInto(this.bits, within)
  }

  mark(base: DocId, end: DocId, into: WindowBits): void {
    setFirst(into, end - base)
  }
}

/** Copies the bits of the window that begins at `base`; bits after the end of `documents` are 0. */
export function copyWindow(documents: Uint32Array, base: DocId, into: WindowBits): void {
  const first = base >>> 5
  const words = Math.max(0, Math.min(WINDOW_WORDS, documents.length - first))
  for (let w = 0; w < words; w++) into[w] = documents[first + w]!
  into.fill(0, words)
}

/** Narrows `into` to the window of `accepted` that begins at `base`, if `accepted` is given. @returns whether any document is left */
export function acceptWindow(accepted: Uint32Array | undefined, base: DocId, into: WindowBits): boolean {
  if (accepted !== undefined) {
    const first = base >>> 5
    for (let w = 0; w < into.length; w++) into[w]! &= first + w < accepted.length ? accepted[first + w]! : 0
  }
  return !isEmpty(into)
}

import { anyBetween } from '../../bytes/bitset.ts'
import type { DocId, PostingList } from '../../postings/posting-list.ts'
import type { TermWeight } from './bm25.ts'
import { BlockBounds, TermCursor } from './term-cursor.ts'
import { NO_MATCH, type WindowBits, type WindowNode } from './window.ts'
import { newBits, newScores } from './window-arena.ts'

/** Matches documents that contain one term of one text field, and scores them by BM25. */
export class TermNode implements WindowNode {
  readonly bits = newBits()
  readonly scores = newScores()
  readonly costEstimate: number
  readonly #cursor: TermCursor
  readonly #bounds: BlockBounds
  readonly #weight: TermWeight

  constructor(list: PostingList, weight: TermWeight) {
    this.costEstimate = list.docFreq
    this.#cursor = new TermCursor(list)
    this.#bounds = new BlockBounds(list, weight)
    this.#weight = weight
  }

  bound(base: DocId, end: DocId): number {
    if (!this.#cursor.seek(base)) return NO_MATCH
    const b = this.#cursor.block
    // If the previous block ends after the window, this block begins after it too: nothing is in the window.
    if (b > 0 && this.#cursor.list.lastDocs[b - 1]! >= end - 1) return NO_MATCH
    return this.#bounds.over(b, end)
  }

  evaluate(base: DocId, end: DocId, within: WindowBits | undefined): void {
    this.bits.fill(0)
    const cursor = this.#cursor
    if (!cursor.seek(base)) return
    const { lastDocs, blockCount } = cursor.list
    for (let b = cursor.block; b < blockCount; b++) {
      if (within === undefined) this.#scoreBlock(b, base, end)
      else if (this.#mayHold(b, base, end, within)) this.#scoreBlockWithin(b, base, end, within)
      if (lastDocs[b]! >= end - 1) break
    }
  }

  mark(base: DocId, end: DocId, into: WindowBits): void {
    const cursor = this.#cursor
    if (!cursor.seek(base)) return
    const { lastDocs, blockCount } = cursor.list
    const { docs } = cursor
    for (let b = cursor.block; b < blockCount; b++) {
      cursor.loadDocs(b)
      const stop = lastDocs[b]! < end ? cursor.list.blockLength(b) : cursor.lowerBound(b, end)
      for (let i = cursor.lowerBound(b, base); i < stop; i++) {
        const d = docs[i]! - base
        into[d >>> 5]! |= 1 << (d & 31)
      }
      if (lastDocs[b]! >= end - 1) break
    }
  }

  #scoreBlock(b: number, base: DocId, end: DocId): void {
    const cursor = this.#cursor
    const { docs, freqs, lengths } = cursor
    const { bits, scores } = this
    const { weight, norms } = this.#weight
    const { table } = norms
    cursor.loadDocs(b)
    cursor.loadFreqs(b)
    cursor.loadLengths(b)
    const stop = cursor.list.lastDocs[b]! < end ? cursor.list.blockLength(b) : cursor.lowerBound(b, end)
    for (let i = cursor.lowerBound(b, base); i < stop; i++) {
      const d = docs[i]! - base
      const length = lengths[i]!
      const freq = freqs[i]!
      bits[d >>> 5]! |= 1 << (d & 31)
      scores[d] = (weight * freq) / (freq + (length < table.length ? table[length]! : norms.at(length)))
    }
  }

  #scoreBlockWithin(b: number, base: DocId, end: DocId, within: WindowBits): void {
    const cursor = this.#cursor
    const { docs, freqs, lengths } = cursor
    const { bits, scores } = this
    const { weight, norms } = this.#weight
    cursor.loadDocs(b)
    const stop = cursor.list.lastDocs[b]! < end ? cursor.list.blockLength(b) : cursor.lowerBound(b, end)
    let loaded = false
    for (let i = cursor.lowerBound(b, base); i < stop; i++) {
      const d = docs[i]! - base
      if (((within[d >>> 5]! >>> (d & 31)) & 1) === 0) continue
      if (!loaded) {
        cursor.loadFreqs(b)
        cursor.loadLengths(b)
        loaded = true
      }
      const freq = freqs[i]!
      bits[d >>> 5]! |= 1 << (d & 31)
      scores[d] = (weight * freq) / (freq + norms.at(lengths[i]!))
    }
  }

  /** Whether block `b` may hold a document of `within`: avoids decoding blocks for sparse conjunctions. */
  #mayHold(b: number, base: DocId, end: DocId, within: WindowBits): boolean {
    const { lastDocs } = this.#cursor.list
    const first = b === 0 ? base : Math.max(base, lastDocs[b - 1]! + 1)
    const last = Math.min(end - 1, lastDocs[b]!)
    return first <= last && anyBetween(within, first - base, last - base)
  }
}

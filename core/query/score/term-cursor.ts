import type { DocId, PostingList } from '../../postings/posting-list.ts'
import { bm25, type TermWeight } from './bm25.ts'
import { newBlock } from './window-arena.ts'

/**
 * A forward-only position in a posting list. Docs, frequencies and lengths of the current block are decoded only when loaded.
 */
export class TermCursor {
  readonly list: PostingList
  readonly docs = newBlock()
  readonly freqs = newBlock()
  readonly lengths = newBlock()
  /** The block found by {@link seek}; `list.blockCount` after the last block. */
  block = 0
  #docsBlock = -1
  #freqsBlock = -1
  #lengthsBlock = -1

  constructor(list: PostingList) {
    this.list = list
  }

  /** Moves to the first block that may hold `doc` or a later one. `doc` never decreases. */
  seek(doc: DocId): boolean {
    const { lastDocs, blockCount } = this.list
    let b = this.block
    if (b < blockCount && lastDocs[b]! < doc) {
      let step = 1
      while (b + step < blockCount && lastDocs[b + step]! < doc) {
        b += step
        step *= 2
      }
      let high = Math.min(b + step, blockCount)
      while (high - b > 1) {
        const middle = (b + high) >>> 1
        if (lastDocs[middle]! < doc) b = middle
        else high = middle
      }
      b = high
    }
    this.block = b
    return b < blockCount
  }

  loadDocs(b: number): void {
    if (this.#docsBlock === b) return
    this.list.decodeDocs(b, this.docs)
    this.#docsBlock = b
  }

  loadFreqs(b: number): void {
    if (this.#freqsBlock === b) return
    this.list.decodeFreqs(b, this.freqs)
    this.#freqsBlock = b
  }

  loadLengths(b: number): void {
    if (this.#lengthsBlock === b) return
    this.list.decodeLengths(b, this.lengths)
    this.#lengthsBlock = b
  }

  /** The index of the first document not below `doc` in block `b`, whose docs are loaded. */
  lowerBound(b: number, doc: DocId): number {
    const { docs } = this
    let low = 0
    let high = this.list.blockLength(b)
    while (low < high) {
      const middle = (low + high) >>> 1
      if (docs[middle]! < doc) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The highest possible score of each block of a list, computed on first use. */
export class BlockBounds {
  readonly #list: PostingList
  readonly #weight: TermWeight
  /** Bound per block, -1 if not computed yet; undefined before the first bound is computed. */
  #bounds: Float64Array | undefined

  constructor(list: PostingList, weight: TermWeight) {
    this.#list = list
    this.#weight = weight
  }

  at(b: number): number {
    this.#bounds ??= new Float64Array(this.#list.blockCount).fill(-1)
    const known = this.#bounds[b]!
    if (known >= 0) return known
    const { impactStarts, impactFreqs, impactLengths } = this.#list
    let bound = 0
    for (let i = impactStarts[b]!; i < impactStarts[b + 1]!; i++) {
      bound = Math.max(bound, bm25(this.#weight, impactFreqs[i]!, impactLengths[i]!))
    }
    this.#bounds[b] = bound
    return bound
  }

  /** The highest bound of the blocks from `b` to the block that covers document `end - 1`. */
  over(b: number, end: DocId): number {
    const { lastDocs, blockCount } = this.#list
    let bound = 0
    for (let i = b; i < blockCount; i++) {
      bound = Math.max(bound, this.at(i))
      if (lastDocs[i]! >= end - 1) break
    }
    return bound
  }
}

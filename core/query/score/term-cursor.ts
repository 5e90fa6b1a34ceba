import type { DocId, PostingList } from '../../postings/posting-list.ts'
import { bm25, type TermWeight } from './bm25.ts'
import { newBlock } from './window-arena.ts'

/**
 * A forward-moving place in a posting list, with the block it stands in decoded
 * as far as was asked for.
 */
export class TermCursor {
  readonly list: PostingList
  readonly docs = newBlock()
  readonly freqs = newBlock()
  readonly lengths = newBlock()
  /** The block that {@link seek} found; `list.blockCount` past the end. */
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

  /** First index in block `b`, whose docs are loaded, of a document not below `doc`. */
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

/** Highest score that each block of a list can give, computed when first asked for. */
export class BlockBounds {
  readonly #list: PostingList
  readonly #weight: TermWeight
  /** By block, -1 where it was not asked for yet; undefined before the first is. */
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

  /** Highest bound of the blocks from `b` on that reach into documents below `end`. */
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

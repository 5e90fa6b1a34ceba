import type { DocId } from '../../postings/posting-list.ts'

/** A document of a segment, and its score. */
export type RankedDoc = { readonly doc: DocId; readonly score: number }

const NOTHING: readonly RankedDoc[] = []

/** Relative slack on bounds: far above the rounding errors of a few thousand additions, far below any meaningful score difference. */
const BOUND_SLACK = 1 + 1e-9

/** Collects the matches of one segment, in ascending docId order. */
export interface Collector {
  /** Whether no further document with a score of at most `bound` can be a hit. */
  skips(bound: number): boolean
  /** Whether no further document with exactly this score can be a hit. */
  skipsScore(score: number): boolean
  /** Whether no document of the window `[base, end)` can be a hit, no matter its score. */
  skipsWindow(base: DocId, end: DocId): boolean
  collect(doc: DocId, score: number): void
}

/**
 * Keeps the best documents of a segment in a binary heap with the worst at its root, for one segment after another. Of equal
 * scores the smaller docId is better; it is collected first, so an equal score never displaces it.
 */
export class TopDocs implements Collector {
  readonly #scores: Float64Array
  readonly #docs: Uint32Array
  #floor = Number.NEGATIVE_INFINITY
  #size = 0

  /** @param capacity number of documents to keep per segment */
  constructor(capacity: number) {
    this.#scores = new Float64Array(capacity)
    this.#docs = new Uint32Array(capacity)
  }

  /**
   * Begins another segment.
   *
   * @param floor scores strictly below it cannot be hits, because enough better documents are known
   */
  begin(floor: number): void {
    this.#size = 0
    this.#floor = floor
  }

  get size(): number {
    return this.#size
  }

  skips(bound: number): boolean {
    return this.skipsScore(bound * BOUND_SLACK)
  }

  skipsScore(score: number): boolean {
    if (score < this.#floor) return true
    return this.#size === this.#scores.length && (this.#size === 0 || score <= this.#scores[0]!)
  }

  skipsWindow(): boolean {
    return false
  }

  collect(doc: DocId, score: number): void {
    if (score < this.#floor) return
    if (this.#size < this.#scores.length) this.#siftUp(this.#size++, doc, score)
    else if (this.#size > 0 && score > this.#scores[0]!) this.#siftDown(doc, score)
  }

  /** The kept documents, best first. */
  ranked(): readonly RankedDoc[] {
    if (this.#size === 0) return NOTHING
    const docs = Array.from({ length: this.#size }, (_, i) => ({ doc: this.#docs[i]!, score: this.#scores[i]! }))
    return docs.sort((a, b) => b.score - a.score || a.doc - b.doc)
  }

  #isWorse(i: number, doc: DocId, score: number): boolean {
    return this.#scores[i]! < score || (this.#scores[i] === score && this.#docs[i]! > doc)
  }

  #siftUp(start: number, doc: DocId, score: number): void {
    let i = start
    while (i > 0) {
      const parent = (i - 1) >>> 1
      // A parent that is worse stays above.
      if (this.#isWorse(parent, doc, score)) break
      this.#place(i, this.#docs[parent]!, this.#scores[parent]!)
      i = parent
    }
    this.#place(i, doc, score)
  }

  /** Replaces the root. */
  #siftDown(doc: DocId, score: number): void {
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= this.#size) break
      if (child + 1 < this.#size && this.#isWorse(child + 1, this.#docs[child]!, this.#scores[child]!)) child++
      if (!this.#isWorse(child, doc, score)) break
      this.#place(i, this.#docs[child]!, this.#scores[child]!)
      i = child
    }
    this.#place(i, doc, score)
  }

  #place(i: number, doc: DocId, score: number): void {
    this.#docs[i] = doc
    this.#scores[i] = score
  }
}

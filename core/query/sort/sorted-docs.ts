import type { DocId } from '../../postings/posting-list.ts'
import type { SortValue } from '../score/sort-values.ts'
import type { Collector } from '../score/top-docs.ts'
import type { SegmentSortKey } from './segment-sort-key.ts'

/** A kept document with its sort values. */
export type SortedDoc = { readonly doc: DocId; readonly score: number; readonly values: readonly SortValue[] }

/**
 * Keeps the first documents of one segment by any sort keys, in a binary heap with the last of them at its root. Ties are
 * broken by docId, no matter in which order documents are collected. All arrays are allocated once, and a document that is
 * not kept costs one comparison.
 */
export class SortedDocs implements Collector {
  readonly #keys: readonly SegmentSortKey[]
  /** The offset of each key's numbers within the numbers of a document. */
  readonly #starts: readonly number[]
  readonly #width: number
  readonly #capacity: number
  #size = 0
  /** Rows in heap order. */
  readonly #heap: Uint32Array
  /** By row, as `#docs` and `#scores`. The last row holds the document under comparison. */
  readonly #numbers: Float64Array
  readonly #docs: Uint32Array
  readonly #scores: Float64Array

  /** @param capacity number of documents to keep, at most that of the segment */
  constructor(capacity: number, keys: readonly SegmentSortKey[]) {
    this.#keys = keys
    this.#starts = keys.map((_, k) => keys.slice(0, k).reduce((sum, { width }) => sum + width, 0))
    this.#width = keys.reduce((sum, { width }) => sum + width, 0)
    this.#capacity = capacity
    this.#heap = new Uint32Array(capacity)
    this.#numbers = new Float64Array((capacity + 1) * this.#width)
    this.#docs = new Uint32Array(capacity + 1)
    this.#scores = new Float64Array(capacity + 1)
  }

  /** Whether `capacity` documents are kept: then only a document that precedes the last of them is added. */
  get isFull(): boolean {
    return this.#size === this.#capacity
  }

  skips(): boolean {
    return this.#capacity === 0
  }

  skipsScore(): boolean {
    return this.skips()
  }

  skipsWindow(base: DocId, end: DocId): boolean {
    if (!this.isFull) return false
    if (this.#capacity === 0) return true
    const last = this.#heap[0]!
    const least = this.#keys[0]!.least(base, end)
    const limit = this.#numbers[last * this.#width]!
    // If only the docId breaks ties, a later document with an equal number is never kept.
    return this.#width === 1 && base > this.#docs[last]! ? least >= limit : least > limit
  }

  collect(doc: DocId, score: number): void {
    if (this.#size < this.#capacity) {
      this.#write(this.#size, doc, score)
      this.#siftUp(this.#size++)
    } else if (this.#capacity > 0 && this.#precedesLast(doc, score)) {
      this.#write(this.#heap[0]!, doc, score)
      this.#siftDown()
    }
  }

  /** The kept documents in order. */
  ranked(): SortedDoc[] {
    const rows = Array.from(this.#heap.subarray(0, this.#size)).sort((a, b) => this.#compare(a, b))
    return rows.map((row) => {
      const [doc, score] = [this.#docs[row]!, this.#scores[row]!]
      return { doc, score, values: this.#keys.map((key) => key.valueOf(doc, score)) }
    })
  }

  #write(row: number, doc: DocId, score: number): void {
    for (let k = 0; k < this.#keys.length; k++) {
      this.#keys[k]!.write(doc, score, this.#numbers, row * this.#width + this.#starts[k]!)
    }
    this.#docs[row] = doc
    this.#scores[row] = score
  }

  /** Whether a document precedes the last of a full heap. A key is computed only if all keys before it are equal. */
  #precedesLast(doc: DocId, score: number): boolean {
    const numbers = this.#numbers
    const last = this.#heap[0]! * this.#width
    const own = this.#capacity * this.#width
    for (let k = 0; k < this.#keys.length; k++) {
      const key = this.#keys[k]!
      const start = this.#starts[k]!
      key.write(doc, score, numbers, own + start)
      for (let n = start; n < start + key.width; n++) {
        if (numbers[own + n]! !== numbers[last + n]!) return numbers[own + n]! < numbers[last + n]!
      }
    }
    return doc < this.#docs[this.#heap[0]!]!
  }

  #compare(a: number, b: number): number {
    const [ofA, ofB] = [a * this.#width, b * this.#width]
    for (let n = 0; n < this.#width; n++) {
      const [left, right] = [this.#numbers[ofA + n]!, this.#numbers[ofB + n]!]
      if (left !== right) return left < right ? -1 : 1
    }
    return this.#docs[a]! - this.#docs[b]!
  }

  /** Moves a new row from the heap index of the same number to its place. */
  #siftUp(row: number): void {
    const heap = this.#heap
    let i = row
    while (i > 0) {
      const parent = (i - 1) >>> 1
      if (this.#compare(heap[parent]!, row) >= 0) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = row
  }

  #siftDown(): void {
    const heap = this.#heap
    const row = heap[0]!
    let i = 0
    for (let child = 1; child < this.#size; child = 2 * i + 1) {
      if (child + 1 < this.#size && this.#compare(heap[child + 1]!, heap[child]!) > 0) child++
      if (this.#compare(heap[child]!, row) <= 0) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = row
  }
}

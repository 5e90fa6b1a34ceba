import type { DocId } from '../../postings/posting-list.ts'
import { compareSortValues, type SortValue } from './sort-values.ts'
import type { Collector } from './top-docs.ts'

export type SortedDoc = { readonly doc: DocId; readonly score: number; readonly values: readonly SortValue[] }

/** One key of the order within a segment. */
export type SegmentSortKey = { readonly descending: boolean; valueOf(doc: DocId, score: number): SortValue }

/** The first documents of one segment by any sort keys: a binary heap with the last of them at its root. Ties fall by docId. */
export class SortedDocs implements Collector {
  readonly #capacity: number
  readonly #keys: readonly SegmentSortKey[]
  readonly #heap: SortedDoc[] = []

  constructor(capacity: number, keys: readonly SegmentSortKey[]) {
    this.#capacity = capacity
    this.#keys = keys
  }

  skips(): boolean {
    return this.#capacity === 0
  }

  collect(doc: DocId, score: number): void {
    const added = { doc, score, values: this.#keys.map((key) => key.valueOf(doc, score)) }
    if (this.#heap.length < this.#capacity) {
      this.#heap.push(added)
      this.#siftUp(this.#heap.length - 1)
    } else if (this.#compare(added, this.#heap[0]!) < 0) {
      this.#heap[0] = added
      this.#siftDown()
    }
  }

  /** What was kept, first one first. */
  ranked(): SortedDoc[] {
    return this.#heap.slice().sort((a, b) => this.#compare(a, b))
  }

  #compare(a: SortedDoc, b: SortedDoc): number {
    for (let k = 0; k < this.#keys.length; k++) {
      const order = compareSortValues(a.values[k], b.values[k], this.#keys[k]!.descending)
      if (order !== 0) return order
    }
    return a.doc - b.doc
  }

  #siftUp(start: number): void {
    for (let i = start; i > 0; ) {
      const parent = (i - 1) >>> 1
      if (this.#compare(this.#heap[parent]!, this.#heap[i]!) >= 0) return
      this.#swap(i, parent)
      i = parent
    }
  }

  #siftDown(): void {
    for (let i = 0; ; ) {
      const left = 2 * i + 1
      if (left >= this.#heap.length) return
      const right = left + 1
      const rightIsLast = right < this.#heap.length && this.#compare(this.#heap[right]!, this.#heap[left]!) > 0
      const child = rightIsLast ? right : left
      if (this.#compare(this.#heap[child]!, this.#heap[i]!) <= 0) return
      this.#swap(i, child)
      i = child
    }
  }

  #swap(i: number, j: number): void {
    const held = this.#heap[i]!
    this.#heap[i] = this.#heap[j]!
    this.#heap[j] = held
  }
}

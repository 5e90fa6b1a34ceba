import type { Postings } from './encode-postings.ts'

/** Decoded postings of one term. The arrays are reused, and have at least `count` and `positionCount` elements. */
export class PostingsBuffer {
  count = 0
  positionCount = 0
  docIds = new Uint32Array(256)
  freqs = new Uint32Array(256)
  lengths = new Uint32Array(256)
  positions = new Uint32Array(1024)

  clear(): void {
    this.count = 0
    this.positionCount = 0
  }

  /** Makes room for `count` documents in total. */
  reserveDocs(count: number): void {
    if (count <= this.docIds.length) return
    this.docIds = grownTo(this.docIds, count)
    this.freqs = grownTo(this.freqs, count)
    this.lengths = grownTo(this.lengths, count)
  }

  /** Makes room for `count` positions in total. */
  reservePositions(count: number): void {
    if (count > this.positions.length) this.positions = grownTo(this.positions, count)
  }

  /** Appends a copy of `postings` and of their positions, if given. */
  append({ docIds, freqs, lengths, count }: Postings, positions?: Uint32Array): void {
    this.reserveDocs(this.count + count)
    for (let i = 0; i < count; i++) {
      this.docIds[this.count] = docIds[i]!
      if (freqs !== undefined) this.freqs[this.count] = freqs[i]!
      if (lengths !== undefined) this.lengths[this.count] = lengths[i]!
      this.count++
    }
    if (positions === undefined) return
    let total = 0
    for (let i = 0; i < count; i++) total += freqs![i]!
    this.reservePositions(this.positionCount + total)
    for (let i = 0; i < total; i++) this.positions[this.positionCount++] = positions[i]!
  }
}

function grownTo(array: Uint32Array, count: number): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(Math.max(count, array.length * 2))
  grown.set(array)
  return grown
}

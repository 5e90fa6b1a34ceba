/** One term's postings, decoded; the arrays are reused and hold at least `count` and `positionCount` numbers. */
export class PostingsBuffer {
  count = 0
  positionCount = 0
  docIds = new Uint32Array(256)
  freqs = new Uint32Array(256)
  positions = new Uint32Array(1024)

  /** Makes room for so many documents in all. */
  reserveDocs(count: number): void {
    if (count <= this.docIds.length) return
    this.docIds = grownTo(this.docIds, count)
    this.freqs = grownTo(this.freqs, count)
  }

  /** Makes room for so many positions in all. */
  reservePositions(count: number): void {
    if (count > this.positions.length) this.positions = grownTo(this.positions, count)
  }
}

function grownTo(array: Uint32Array, count: number): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(Math.max(count, array.length * 2))
  grown.set(array)
  return grown
}

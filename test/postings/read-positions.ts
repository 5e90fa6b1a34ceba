import type { PositionList } from '../../core/postings/posting-list.ts'

/** The positions of a block, document by document. */
export function readPositions(list: PositionList, b: number, freqs: ArrayLike<number>): number[] {
  const own = Uint32Array.from(freqs)
  const total = own.reduce((sum, freq) => sum + freq, 0)
  return Array.from(list.decode(b, own, new Uint32Array(0)).subarray(0, total))
}

/** Maximum pairs per block. More pairs would cost bytes in every list and skip hardly any more blocks. */
export const IMPACTS_MAX = 8

/**
 * Collects the Pareto-optimal (frequency, field length) pairs of one block: no other document of the block has at least
 * this frequency in at most this length. A BM25 score grows with frequency and falls with length. So one of the pairs
 * has the best score of the block, for any statistics and constants at query time.
 *
 * `freqs[0, count)` and `lengths[0, count)` both strictly ascend.
 */
export class ImpactFront {
  count = 0
  readonly freqs = new Uint32Array(130)
  readonly lengths = new Uint32Array(130)

  clear(): void {
    this.count = 0
  }

  /** Adds a document: at most 128 between two calls of {@link clear}. */
  add(freq: number, length: number): void {
    const { freqs, lengths } = this
    let at = this.count
    while (at > 0 && lengths[at - 1]! > length) at--
    // The pairs before `at` have at most this length, and the last of them has the highest frequency.
    if (at > 0 && freqs[at - 1]! >= freq) return
    const start = at > 0 && lengths[at - 1] === length ? at - 1 : at
    let end = at
    while (end < this.count && freqs[end]! <= freq) end++
    this.#replace(start, end, freq, length)
  }

  /**
   * Merges the two closest neighbours until {@link IMPACTS_MAX} pairs are left. A merged pair has the higher frequency
   * and the shorter length of the two, so bounds only grow. The shortest length and the highest frequency stay exact.
   */
  cap(): void {
    while (this.count > IMPACTS_MAX) {
      const i = this.#closest()
      this.#replace(i, i + 2, this.freqs[i + 1]!, this.lengths[i]!)
    }
  }

  /** Index of the pair whose merger with the next one loses the least precision, relative to their sizes. */
  #closest(): number {
    const { freqs, lengths } = this
    let best = 0
    let bestCost = Number.POSITIVE_INFINITY
    for (let i = 0; i + 1 < this.count; i++) {
      const cost = (1 - freqs[i]! / freqs[i + 1]!) * (1 - lengths[i]! / lengths[i + 1]!)
      if (cost < bestCost) {
        bestCost = cost
        best = i
      }
    }
    return best
  }

  /** Replaces the pairs at [start, end) with one pair. */
  #replace(start: number, end: number, freq: number, length: number): void {
    const { freqs, lengths, count } = this
    if (end !== start + 1) {
      freqs.copyWithin(start + 1, end, count)
      lengths.copyWithin(start + 1, end, count)
    }
    freqs[start] = freq
    lengths[start] = length
    this.count = count + 1 - (end - start)
  }
}

/** Pairs kept per block. More would cost bytes in every list and skip hardly anything more. */
export const IMPACTS_MAX = 8

/**
 * Collects the Pareto-optimal (frequency, field length) pairs of one block: those
 * that no other document of the block beats with at least the frequency in at most
 * the length. Whatever the statistics and constants at query time, the block's best
 * BM25 score is that of one of its pairs, as the score grows with frequency and
 * falls with length.
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

  /** At most 128 additions between two calls of {@link clear}. */
  add(freq: number, length: number): void {
    const { freqs, lengths } = this
    let at = this.count
    while (at > 0 && lengths[at - 1]! > length) at--
    // Pairs before `at` are no longer than this one: the last of them has the highest frequency.
    if (at > 0 && freqs[at - 1]! >= freq) return
    const start = at > 0 && lengths[at - 1] === length ? at - 1 : at
    let end = at
    while (end < this.count && freqs[end]! <= freq) end++
    this.#replace(start, end, freq, length)
  }

  /**
   * Merges neighbours until {@link IMPACTS_MAX} pairs are left, each time the two that
   * are closest. A merged pair has the higher frequency and the shorter length of its
   * two, so that bounds only grow; the shortest length and the highest frequency stay exact.
   */
  cap(): void {
    while (this.count > IMPACTS_MAX) {
      const i = this.#closest()
      this.#replace(i, i + 2, this.freqs[i + 1]!, this.lengths[i]!)
    }
  }

  /** Index of the pair whose merging with the next one overstates least, relative to their size. */
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

  /** Puts one pair in place of those at [start, end). */
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

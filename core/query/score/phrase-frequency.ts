/** Positions of one term of a phrase in one document, less the term's place in the phrase; `[start, end)` of `positions`, ascending. */
export type TermOccurrences = {
  positions: Uint32Array
  start: number
  end: number
  /** The term's place in the phrase, subtracted from each position. */
  offset: number
}

/**
 * How often a phrase occurs in a document: Σ 1 / (1 + distance) over its
 * matches. A match takes one occurrence of each term; its distance is the
 * difference between the greatest and the smallest of their positions, each
 * less the term's place in the phrase (0: the exact phrase), and at most `slop`.
 * Of matches that begin at the same occurrence only the tightest counts, and
 * none that contains another: the sweep over sorted lists that finds all
 * smallest ranges covering an element of each, linear in the occurrences.
 *
 * @param terms consumed: `start` moves
 */
export function phraseFrequency(terms: readonly TermOccurrences[], slop: number): number {
  let frequency = 0
  let greatest = Number.NEGATIVE_INFINITY
  let lastBeginning = Number.NEGATIVE_INFINITY
  for (const term of terms) {
    if (term.start === term.end) return 0
    greatest = Math.max(greatest, headOf(term))
  }
  for (;;) {
    const least = withLeastHead(terms)
    const beginning = headOf(least)
    const distance = greatest - beginning
    least.start++
    const ended = least.start === least.end
    // A range that still covers every term without its first element contains a smaller one, and so does one that begins where a match did.
    if (distance <= slop && (ended || headOf(least) > greatest) && beginning > lastBeginning) {
      frequency += 1 / (1 + distance)
      lastBeginning = beginning
    }
    if (ended) return frequency
    greatest = Math.max(greatest, headOf(least))
  }
}

function headOf(term: TermOccurrences): number {
  return term.positions[term.start]! - term.offset
}

function withLeastHead(terms: readonly TermOccurrences[]): TermOccurrences {
  let least = terms[0]!
  for (let t = 1; t < terms.length; t++) if (headOf(terms[t]!) < headOf(least)) least = terms[t]!
  return least
}

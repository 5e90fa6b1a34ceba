/** Positions of one word of a phrase in one document: `[start, end)` of `positions`, ascending. */
export type WordOccurrences = {
  positions: Uint32Array
  start: number
  end: number
  /** The word's place in the phrase, subtracted from each position. */
  readonly offset: number
}

/**
 * How often a phrase occurs in a document: Σ 1 / (1 + distance) over its
 * matches. A match takes one occurrence of each word; its distance is the
 * difference between the greatest and the smallest of their positions, each
 * less the word's place in the phrase (0: the exact phrase), and at most `slop`.
 * Of matches that begin at the same occurrence only the tightest counts, and
 * none that contains another: the sweep over sorted lists that finds all
 * smallest ranges covering an element of each. A heap hands out the smallest element,
 * and a list that lies more than `slop` behind jumps ahead, so the time is at most that of sorting all
 * occurrences, and close to the rarest word's occurrences times the words where the others are many.
 *
 * @param words consumed: `start` moves, and so do the words themselves
 */
export function phraseFrequency(words: WordOccurrences[], slop: number): number {
  let greatest = Number.NEGATIVE_INFINITY
  for (const word of words) {
    if (word.start === word.end) return 0
    greatest = Math.max(greatest, headOf(word))
  }
  for (let i = (words.length >>> 1) - 1; i >= 0; i--) siftDown(words, i)
  let frequency = 0
  let lastBeginning = Number.NEGATIVE_INFINITY
  for (;;) {
    const least = words[0]!
    const beginning = headOf(least)
    const distance = greatest - beginning
    if (distance > slop) skipTo(least, greatest - slop)
    else least.start++
    const ended = least.start === least.end
    // A range that still covers every word without its first element contains a smaller one, and so does one that begins where a match did.
    if (distance <= slop && (ended || headOf(least) > greatest) && beginning > lastBeginning) {
      frequency += 1 / (1 + distance)
      lastBeginning = beginning
    }
    if (ended) return frequency
    greatest = Math.max(greatest, headOf(least))
    siftDown(words, 0)
  }
}

/** How many occurrences one word needs in a document in which it stands at all of these places of a phrase, ascending. */
export function occurrencesNeeded(offsets: readonly number[], slop: number): number {
  let needed = 0
  let covered = Number.NEGATIVE_INFINITY
  // One occurrence serves all places that are at most `slop` apart.
  for (const offset of offsets) {
    if (offset <= covered) continue
    needed++
    covered = offset + slop
  }
  return needed
}

function headOf(word: WordOccurrences): number {
  return word.positions[word.start]! - word.offset
}

/** Moves to the first occurrence at `target` or after it: steps that double, then halves. */
function skipTo(word: WordOccurrences, target: number): void {
  const { positions, end } = word
  const wanted = target + word.offset
  let low = word.start
  let step = 1
  while (low + step < end && positions[low + step]! < wanted) {
    low += step
    step *= 2
  }
  let high = Math.min(low + step, end)
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (positions[middle]! < wanted) low = middle
    else high = middle
  }
  word.start = high
}

/** Restores the order of a binary heap, least head first, below place `i`. */
function siftDown(words: WordOccurrences[], i: number): void {
  const moved = words[i]!
  const head = headOf(moved)
  let place = i
  for (let child = 2 * i + 1; child < words.length; child = 2 * place + 1) {
    let least = headOf(words[child]!)
    const right = child + 1
    if (right < words.length) {
      const rightHead = headOf(words[right]!)
      if (rightHead < least) {
        least = rightHead
        child = right
      }
    }
    if (least >= head) break
    words[place] = words[child]!
    place = child
  }
  if (place !== i) words[place] = moved
}

/** The ascending positions of one word of a phrase in one document: `positions[start, end)`. */
export type WordOccurrences = {
  positions: Uint32Array
  start: number
  end: number
  /** The word's position in the phrase, which is subtracted from each position. */
  readonly offset: number
}

/**
 * The frequency of a phrase in a document: Σ 1 / (1 + distance) over its matches.
 *
 * A match has one occurrence of each word. Subtract the word's position in the phrase from the position of its occurrence: the
 * distance, at most `slop`, is the largest of these differences minus the smallest; it is 0 for the exact phrase. Of matches
 * that begin at the same occurrence only the tightest counts, and a match that contains another does not count.
 *
 * This is the sweep over sorted lists that finds all smallest ranges covering one element of each list. A heap gives the
 * smallest element, and a list that is more than `slop` behind jumps ahead. So the time is at most that of sorting all
 * occurrences; if the other words are frequent, it is close to the rarest word's occurrences times the number of words.
 *
 * @param words changed: `start` moves, and the words are reordered
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
    // The range contains a smaller one if it covers every word without its first element, or begins where a match began.
    if (distance <= slop && (ended || headOf(least) > greatest) && beginning > lastBeginning) {
      frequency += 1 / (1 + distance)
      lastBeginning = beginning
    }
    if (ended) return frequency
    greatest = Math.max(greatest, headOf(least))
    siftDown(words, 0)
  }
}

/** The fewest occurrences of a word in a document that can fill all of these ascending positions of the phrase. */
export function occurrencesNeeded(offsets: readonly number[], slop: number): number {
  let needed = 0
  let covered = Number.NEGATIVE_INFINITY
  // One occurrence can fill all positions that are at most `slop` apart.
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

/** Moves to the first occurrence at or after `target` by galloping search. */
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

/** Restores the order of a binary heap, smallest head first, below index `i`. */
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

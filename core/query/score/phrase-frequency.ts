/** The ascending positions of one word of a phrase in one document: `positions[start, end)`. */
export type WordOccurrences = {
  positions: Uint32Array
  start: number
  end: number
  /** The word's position in the phrase, which is subtracted from each position. */
  readonly offset: number
  /** The next place of the same word in the phrase. It takes a later occurrence: `next.start > start`. */
  readonly next: WordOccurrences | undefined
  /** Index in the heap. */
  place: number
}

/** A word of a phrase at its positions in the phrase, which ascend: a list of words linked by `next`. */
export function wordsAt(offsets: readonly number[]): WordOccurrences[] {
  let next: WordOccurrences | undefined
  const words = offsets.toReversed().map((offset) => {
    next = { positions: NONE, start: 0, end: 0, offset, next, place: 0 }
    return next
  })
  return words.reverse()
}

const NONE = new Uint32Array(0)

/**
 * The frequency of a phrase in a document: Σ 1 / (1 + distance) over its matches.
 *
 * A match has one occurrence of each word; a word that the phrase repeats has as many occurrences. Subtract the word's position
 * in the phrase from the position of its occurrence: the distance, at most `slop`, is the largest of these differences minus the
 * smallest; it is 0 for the exact phrase. Of matches that begin at the same occurrence only the tightest counts, and a match
 * that contains another does not count.
 *
 * This is the sweep over sorted lists that finds all smallest ranges covering one element of each list. A heap gives the
 * smallest element, and a list that is more than `slop` behind jumps ahead. The places of a repeated word take occurrences in
 * their own order, because exchanging two of them never makes a range smaller. So the time is at most that of sorting
 * the occurrences of all places; if the other words are frequent, it is close to the rarest word's occurrences times the
 * number of words.
 *
 * @param words changed: `start` moves, and the words are reordered. Places of a repeated word have ascending `start`
 */
export function phraseFrequency(words: WordOccurrences[], slop: number): number {
  let greatest = Number.NEGATIVE_INFINITY
  for (const [place, word] of words.entries()) {
    if (word.start >= word.end) return 0
    greatest = Math.max(greatest, headOf(word))
    word.place = place
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
    const moved = restoreOrder(words, least)
    // The range contains a smaller one if it covers every word without its first element, or begins where a match began.
    if (distance <= slop && moved > greatest && beginning > lastBeginning) {
      frequency += 1 / (1 + distance)
      lastBeginning = beginning
    }
    if (moved === Number.POSITIVE_INFINITY) return frequency
    greatest = Math.max(greatest, moved)
  }
}

/**
 * Restores the heap after a word has moved ahead, and moves the later places of the same word ahead of it.
 *
 * @returns the greatest head of the words moved; infinity if one has no occurrence left
 */
function restoreOrder(words: WordOccurrences[], first: WordOccurrences): number {
  let greatest = Number.NEGATIVE_INFINITY
  for (let word = first; ; ) {
    if (word.start >= word.end) return Number.POSITIVE_INFINITY
    greatest = Math.max(greatest, headOf(word))
    siftDown(words, word.place)
    const { next } = word
    if (next === undefined || next.start > word.start) return greatest
    next.start = word.start + 1
    word = next
  }
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
    words[place]!.place = place
    place = child
  }
  words[place] = moved
  moved.place = place
}

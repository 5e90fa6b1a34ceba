import { BLOCK_SIZE, type PostingList } from '../postings/posting-list.ts'

/** Terms that are remembered for each lane of an open segment: some 100 KB of lists, and ten times that at most. */
const TERMS_MAX = 512

/**
 * What was found of the terms of one lane that were asked for lately. In a collection that is being written to most
 * segments are small, and to find a term there again takes longer than to score it.
 */
export class KnownLists {
  readonly #lists = new Map<string, PostingList | 'absent'>()

  /** The list, or that there is none; undefined if that is not known. */
  get(term: string): PostingList | 'absent' | undefined {
    return this.#lists.get(term)
  }

  /**
   * Remembers a list, or that there is none.
   *
   * @param which `short`: longer ones are views of bytes that a cache counts, and may let go
   */
  set(term: string, list: PostingList | undefined, which: 'short' | 'any'): void {
    if (which === 'short' && list !== undefined && list.docFreq >= BLOCK_SIZE) return
    if (this.#lists.size >= TERMS_MAX) this.#lists.clear()
    this.#lists.set(term, list ?? 'absent')
  }

  clear(): void {
    this.#lists.clear()
  }
}

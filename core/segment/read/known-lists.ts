import { BLOCK_SIZE } from '../../bytes/bit-packing.ts'
import type { ListsOfTerm, WantedLists } from './segment-reader.ts'

/** Terms that are remembered for each lane of an open segment: some 100 KB of lists, and ten times that at most. */
const TERMS_MAX = 512

/**
 * What was found of the terms of one lane that were asked for lately. In a collection that is being written to most
 * segments are small, and to find a term there again takes longer than to score it.
 */
export class KnownLists {
  readonly #lists = new Map<string, ListsOfTerm | 'absent'>()

  /** How many terms are remembered. */
  get size(): number {
    return this.#lists.size
  }

  /** The lists, or that there are none; undefined if that is not known. */
  get(term: string): ListsOfTerm | 'absent' | undefined {
    return this.#lists.get(term)
  }

  /**
   * Remembers the lists of a term, or that there are none.
   *
   * @param which `short`: neither longer ones nor positions, which are views of bytes that a cache counts, and may let go
   */
  set(term: string, lists: ListsOfTerm | undefined, which: 'short' | 'any'): void {
    if (which === 'short' && lists !== undefined && lists.list.docFreq >= BLOCK_SIZE) return
    if (this.#lists.size >= TERMS_MAX && !this.#lists.has(term)) this.#lists.delete(this.#lists.keys().next().value!)
    const kept = which === 'any' || lists?.positions === undefined ? lists : { list: lists.list, positions: undefined }
    this.#lists.set(term, kept ?? 'absent')
  }

  /** The terms, and what was asked of them; those known for longest first. */
  asked(): { readonly term: string; readonly want: WantedLists }[] {
    return Array.from(this.#lists, ([term, lists]) => ({
      term,
      want: lists !== 'absent' && lists.positions !== undefined ? 'positions' : 'postings',
    }))
  }

  clear(): void {
    this.#lists.clear()
  }
}

import type { BenchDocument } from '../corpora/bench-document.ts'
import type { Corpus } from '../corpora/corpus.ts'
import type { BenchQuery } from '../corpora/query-mix.ts'

/** What a search is asked to bring, besides the ids of the best ten. */
export type Wanted = { readonly total: boolean; readonly documents: boolean }

export type BenchAnswer = {
  readonly ids: readonly string[]
  /** How many documents match in all, where that was wanted. */
  readonly total?: number
  readonly documents?: readonly (BenchDocument | object)[]
}

/** How many hits every search brings. */
export const HITS = 10

/** What only the engine itself can say of an index. */
export type Built = {
  /** Bytes of files that are still needed; others are on disk until they are collected. */
  readonly liveBytes: number
}

/** One search engine, set up as its documentation recommends for ranked full text. */
export interface BenchEngine {
  /**
   * Indexes a corpus and leaves it in `folder`, durable and closed, in the form
   * that a fresh process opens.
   *
   * @param phase is told when a phase after plain indexing begins, such as `compact`
   */
  build(corpus: Corpus, folder: string, phase: (name: string) => void): Promise<Built | undefined>
  open(corpus: Corpus, folder: string): Promise<OpenIndex>
}

export interface OpenIndex {
  can(query: BenchQuery): boolean
  search(query: BenchQuery, wanted: Wanted): Promise<BenchAnswer>
  close(): Promise<void>
}

import type { BenchDocument } from '../corpora/bench-document.ts'
import type { Corpus } from '../corpora/corpus.ts'
import type { BenchQuery } from '../corpora/query-mix.ts'

/** What a search returns in addition to the ids of the best ten documents. */
export type Wanted = { readonly total: boolean; readonly documents: boolean }

export type BenchAnswer = {
  readonly ids: readonly string[]
  /** Number of matching documents, if requested. */
  readonly total?: number
  readonly documents?: readonly (BenchDocument | object)[]
}

/** Number of hits of every search. */
export const HITS = 10

/** Facts about an index that only its engine knows. */
export type Built = {
  /** Bytes of files that are still needed; other files remain on disk until they are collected. */
  readonly liveBytes: number
}

/** One search engine, set up as its documentation recommends for ranked full text. */
export interface BenchEngine {
  /**
   * Indexes a corpus in `folder` and closes the index, so that it is durable and a fresh
   * process can open it.
   *
   * @param phase is called when a phase after plain indexing begins, such as `compact`
   */
  build(corpus: Corpus, folder: string, phase: (name: string) => void): Promise<Built | undefined>
  open(corpus: Corpus, folder: string): Promise<OpenIndex>
}

export interface OpenIndex {
  can(query: BenchQuery): boolean
  search(query: BenchQuery, wanted: Wanted): Promise<BenchAnswer>
  close(): Promise<void>
}

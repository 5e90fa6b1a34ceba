import { readdirSync } from 'node:fs'
import MiniSearch, { type AsPlainObject, type Options, type SearchOptions } from 'minisearch'
import type { BenchDocument } from '../corpora/bench-document.ts'
import type { Corpus } from '../corpora/corpus.ts'
import type { BenchQuery } from '../corpora/query-mix.ts'
import { readBatches } from '../corpora/read-documents.ts'
import { type BenchAnswer, type BenchEngine, HITS, type OpenIndex } from './bench-engine.ts'
import { readSnapshot, writeSnapshot } from './snapshot-file.ts'
import { tokenizeWords } from './word-tokenizer.ts'

/** MiniSearch: BM25+ over a radix tree in memory, stored as JSON. It has no phrases. */
export const minisearchEngine: BenchEngine = {
  async build(corpus, folder) {
    const index = new MiniSearch<BenchDocument>(optionsOf(corpus))
    for await (const batch of readBatches(corpus.file, 1_000)) index.addAll(batch)
    writeSnapshot(`${folder}/index`, index.toJSON())
    return undefined
  },

  async open(corpus, folder) {
    const stored = readSnapshot(`${folder}/index`, readdirSync(folder)) as AsPlainObject
    const index = MiniSearch.loadJS<BenchDocument>(stored, optionsOf(corpus))
    return {
      can: (query) => query.mode !== 'phrase',
      search: async (query, wanted) => search(index, query, wanted.documents),
      close: async () => undefined,
    } satisfies OpenIndex
  },
}

function optionsOf(corpus: Corpus): Options<BenchDocument> {
  return {
    fields: [...corpus.textFields],
    storeFields: [...corpus.textFields, corpus.keywordField, corpus.numberField],
    tokenize: tokenizeWords,
    // The tokenizer has already processed the terms.
    processTerm: (term) => term,
  }
}

function search(index: MiniSearch<BenchDocument>, query: BenchQuery, documents: boolean): BenchAnswer {
  const found = index.search(query.words.join(' '), optionsFor(query))
  const hits = found.slice(0, HITS)
  return { ids: hits.map((hit) => hit.id as string), total: found.length, ...(documents ? { documents: hits } : {}) }
}

function optionsFor({ mode, filter }: BenchQuery): SearchOptions {
  const options: SearchOptions = { combineWith: mode === 'and' ? 'AND' : 'OR' }
  if (mode === 'prefix') options.prefix = true
  if (mode === 'fuzzy') options.fuzzy = 1
  if (filter && 'equals' in filter) options.filter = (hit) => hit[filter.field] === filter.equals
  if (filter && 'from' in filter)
    options.filter = (hit) => hit[filter.field] >= filter.from && hit[filter.field] <= filter.to
  return options
}

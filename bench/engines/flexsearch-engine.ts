import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Document } from 'flexsearch'
import type { BenchDocument } from '../corpora/bench-document.ts'
import type { Corpus } from '../corpora/corpus.ts'
import type { BenchQuery } from '../corpora/query-mix.ts'
import { readBatches } from '../corpora/read-documents.ts'
import { type BenchAnswer, type BenchEngine, HITS, type OpenIndex, type Wanted } from './bench-engine.ts'
import { tokenizeWords } from './word-tokenizer.ts'

type Merged = { readonly id: string; readonly doc?: BenchDocument }

/**
 * FlexSearch: a contextual index in memory, stored as many small files. It ranks by the
 * positions of terms in a document, not by BM25. It has no phrases, and no prefixes with its
 * fast `strict` index.
 */
export const flexsearchEngine: BenchEngine = {
  async build(corpus, folder) {
    const index = emptyIndex(corpus)
    for await (const batch of readBatches(corpus.file, 1_000)) for (const document of batch) index.add(document)
    await index.export(async (key, data) => {
      if (data !== undefined) writeFileSync(`${folder}/${encodeURIComponent(key)}`, data)
    })
    return undefined
  },

  async open(corpus, folder) {
    const index = emptyIndex(corpus)
    for (const file of readdirSync(folder))
      index.import(decodeURIComponent(file), readFileSync(`${folder}/${file}`, 'utf8'))
    return {
      can: ({ mode, filter }) => (mode === 'or' || mode === 'and') && !(filter && 'from' in filter),
      search: async (query, wanted) => search(index, corpus, query, wanted),
      close: async () => undefined,
    } satisfies OpenIndex
  },
}

function emptyIndex(corpus: Corpus): Document<BenchDocument> {
  return new Document<BenchDocument>({
    tokenize: 'strict',
    encode: tokenizeWords,
    document: { id: 'id', index: [...corpus.textFields], tag: [corpus.keywordField], store: true },
  } as ConstructorParameters<typeof Document<BenchDocument>>[0])
}

function search(index: Document<BenchDocument>, corpus: Corpus, query: BenchQuery, wanted: Wanted): BenchAnswer {
  const found = index.search(query.words.join(' '), {
    limit: wanted.total ? corpus.documents : HITS,
    // Documents that lack some of the terms match only with suggestions.
    suggest: query.mode === 'or',
    enrich: wanted.documents,
    merge: true,
    ...(query.filter && 'equals' in query.filter ? { tag: { [query.filter.field]: query.filter.equals } } : {}),
  } as object) as unknown as Merged[]
  const hits = found.slice(0, HITS)
  return {
    ids: hits.map((hit) => hit.id),
    ...(wanted.total ? { total: found.length } : {}),
    ...(wanted.documents ? { documents: hits.map((hit) => hit.doc!) } : {}),
  }
}

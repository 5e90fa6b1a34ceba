import { readdirSync } from 'node:fs'
import { type AnyOrama, create, insert, load, type RawData, save, search, type Tokenizer } from '@orama/orama'
import type { Corpus } from '../corpora/corpus.ts'
import type { BenchQuery } from '../corpora/query-mix.ts'
import { readBatches } from '../corpora/read-documents.ts'
import { type BenchAnswer, type BenchEngine, HITS, type OpenIndex } from './bench-engine.ts'
import { readSnapshot, writeSnapshot } from './snapshot-file.ts'
import { tokenizeWords } from './word-tokenizer.ts'

const tokenizer: Tokenizer = {
  language: 'english',
  normalizationCache: new Map(),
  // Distinct terms, like Orama's own tokenizer without its option to keep duplicates.
  tokenize: (text) => Array.from(new Set(tokenizeWords(text))),
}

/**
 * Orama: BM25 over a radix tree in memory, stored as JSON. Every search matches prefixes (its
 * `exact` compares the text as written), so it finds more than the other engines. It has no phrases.
 */
export const oramaEngine: BenchEngine = {
  async build(corpus, folder) {
    const index = emptyIndex(corpus)
    for await (const batch of readBatches(corpus.file, 1_000)) {
      for (const document of batch) await insert(index, document)
    }
    for (const [part, value] of Object.entries(save(index))) writeSnapshot(`${folder}/${part}`, value)
    return undefined
  },

  async open(corpus, folder) {
    const index = emptyIndex(corpus)
    const files = readdirSync(folder)
    const parts = new Set(files.map((file) => file.replace(/\.\w+$/, '')))
    const stored = Array.from(parts, (part) => [part, readSnapshot(`${folder}/${part}`, files)])
    load(index, Object.fromEntries(stored) as RawData)
    return {
      can: (query) => query.mode !== 'phrase',
      search: (query, wanted) => find(index, corpus, query, wanted.documents),
      close: async () => undefined,
    } satisfies OpenIndex
  },
}

function emptyIndex(corpus: Corpus): AnyOrama {
  const texts = corpus.textFields.map((field) => [field, 'string'])
  const schema = { ...Object.fromEntries(texts), [corpus.keywordField]: 'enum', [corpus.numberField]: 'number' }
  return create({ schema, components: { tokenizer }, sort: { enabled: false } })
}

async function find(index: AnyOrama, corpus: Corpus, query: BenchQuery, documents: boolean): Promise<BenchAnswer> {
  const { hits, count } = await search(index, {
    term: query.words.join(' '),
    properties: [...corpus.textFields],
    // 0 requires every term, 1 any term.
    threshold: query.mode === 'and' ? 0 : 1,
    tolerance: query.mode === 'fuzzy' ? 1 : 0,
    limit: HITS,
    ...(query.filter ? { where: toWhere(query.filter) } : {}),
  })
  const found = documents ? { documents: hits.map((hit) => hit.document as object) } : {}
  return { ids: hits.map((hit) => hit.id), total: count, ...found }
}

function toWhere(filter: NonNullable<BenchQuery['filter']>): Record<string, object> {
  if ('equals' in filter) return { [filter.field]: { eq: filter.equals } }
  return { [filter.field]: { between: [filter.from, filter.to] } }
}

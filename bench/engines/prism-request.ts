import type { JsonObject, SearchRequest } from '../../core/contract/search-request.ts'
import type { SchemaDeclaration } from '../../core/engine/engine.ts'
import type { Corpus } from '../corpora/corpus.ts'
import type { BenchQuery } from '../corpora/query-mix.ts'
import { HITS, type Wanted } from './bench-engine.ts'

const PLAIN: Wanted = { total: false, documents: true }

/** Declares the fields that the peers also index; other fields are only stored. */
export function schemaOf(corpus: Corpus): SchemaDeclaration {
  const texts = corpus.textFields.map((field) => [field, 'text'])
  const fields = { ...Object.fromEntries(texts), [corpus.keywordField]: 'keyword', [corpus.numberField]: 'integer' }
  return { fields, dynamic: false }
}

/** Writes a query as a user of Prism would. */
export function toRequest(query: BenchQuery, corpus: Corpus, wanted: Wanted = PLAIN): SearchRequest {
  return {
    query: toQuery(query),
    fields: corpus.textFields,
    operator: query.mode === 'and' ? 'and' : 'or',
    limit: HITS,
    total: wanted.total,
    ...(wanted.documents ? {} : { include: [] }),
    ...(query.filter ? { filter: toFilter(query.filter) } : {}),
  }
}

function toQuery({ mode, words }: BenchQuery): NonNullable<SearchRequest['query']> {
  if (mode === 'phrase') return `"${words.join(' ')}"`
  if (mode === 'prefix') return `${words[0]}*`
  if (mode === 'fuzzy') return `${words[0]}~1`
  return { match: words.join(' '), operator: mode }
}

function toFilter(filter: NonNullable<BenchQuery['filter']>): JsonObject {
  if ('equals' in filter) return { [filter.field]: filter.equals }
  return { [filter.field]: { gte: filter.from, lte: filter.to } }
}

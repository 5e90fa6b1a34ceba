import {
  BooleanQuery,
  type Connection,
  connect,
  type FullTextQuery,
  Index,
  MatchQuery,
  MultiMatchQuery,
  Occur,
  Operator,
  PhraseQuery,
  type Table,
} from '@lancedb/lancedb'
import type { BenchDocument } from '../corpora/bench-document.ts'
import type { Corpus } from '../corpora/corpus.ts'
import type { BenchQuery } from '../corpora/query-mix.ts'
import { readBatches } from '../corpora/read-documents.ts'
import { type BenchAnswer, type BenchEngine, HITS, type OpenIndex, type Wanted } from './bench-engine.ts'

/** Rows per addition. Each addition becomes a fragment; `optimize` merges fragments. */
const ADD_ROWS = 50_000

/**
 * LanceDB: a native index with BM25 and positions, in files that are also suitable for object
 * storage. It has no prefixes, and counts matches by listing them.
 *
 * A folder may also be `s3://bucket/path?endpoint=…`.
 */
export const lancedbEngine: BenchEngine = {
  async build(corpus, folder) {
    const database = await connectLance(folder)
    let table: Table | undefined
    for await (const batch of readBatches(corpus.file, ADD_ROWS)) {
      const rows = batch as unknown as Record<string, unknown>[]
      if (table) await table.add(rows)
      else table = await database.createTable('documents', rows)
    }
    await table!.optimize()
    const language = { stem: true, language: 'English', removeStopWords: false, asciiFolding: true }
    for (const field of corpus.textFields) {
      await table!.createIndex(field, { config: Index.fts({ ...language, withPosition: true }) })
    }
    table!.close()
    database.close()
    return undefined
  },

  async open(corpus, folder) {
    const database = await connectLance(folder)
    const table = await database.openTable('documents')
    return {
      can: (query) => query.mode !== 'prefix',
      search: (query, wanted) => search(table, corpus, query, wanted),
      close: async () => {
        table.close()
        database.close()
      },
    } satisfies OpenIndex
  },
}

/** @param folder of files, or `s3://bucket/path?endpoint=…` */
export async function connectLance(folder: string): Promise<Connection> {
  if (!folder.startsWith('s3://')) return await connect(folder)
  const { host, pathname, searchParams } = new URL(folder)
  const storageOptions = {
    endpoint: searchParams.get('endpoint')!,
    allow_http: 'true',
    region: 'us-east-1',
    access_key_id: 'bench',
    secret_access_key: 'bench',
  }
  return await connect(`s3://${host}${pathname}`, { storageOptions })
}

async function search(table: Table, corpus: Corpus, query: BenchQuery, wanted: Wanted): Promise<BenchAnswer> {
  const text = toFullText(query, corpus.textFields)
  const find = (): ReturnType<Table['query']> => {
    const found = table.query().fullTextSearch(text)
    return query.filter ? found.where(toSql(query.filter)) : found
  }
  const columns = wanted.documents
    ? ['id', ...corpus.textFields, corpus.keywordField, corpus.numberField, '_score']
    : ['id', '_score']
  const hits = (await find().select(columns).limit(HITS).toArray()) as BenchDocument[]
  const documents = wanted.documents ? { documents: hits.map((hit) => ({ ...hit })) } : {}
  const ids = hits.map((hit) => hit.id)
  if (!wanted.total) return { ids, ...documents }
  const matches = await find().select(['id', '_score']).limit(corpus.documents).toArrow()
  return { ids, total: matches.numRows, ...documents }
}

function toFullText({ mode, words }: BenchQuery, fields: readonly string[]): FullTextQuery {
  const text = words.join(' ')
  const operator = mode === 'and' ? Operator.And : Operator.Or
  if (mode === 'phrase') return anyOf(fields.map((field) => new PhraseQuery(text, field)))
  if (mode === 'fuzzy') {
    return anyOf(
      fields.map((field) => new MatchQuery(text, field, { fuzziness: 1, prefixLength: 1, maxExpansions: 50 })),
    )
  }
  if (fields.length === 1) return new MatchQuery(text, fields[0]!, { operator })
  return new MultiMatchQuery(text, [...fields], { operator })
}

function anyOf(queries: readonly FullTextQuery[]): FullTextQuery {
  if (queries.length === 1) return queries[0]!
  return new BooleanQuery(queries.map((query) => [Occur.Should, query]))
}

function toSql(filter: NonNullable<BenchQuery['filter']>): string {
  if ('equals' in filter) return `${filter.field} = '${filter.equals}'`
  return `${filter.field} BETWEEN ${filter.from} AND ${filter.to}`
}

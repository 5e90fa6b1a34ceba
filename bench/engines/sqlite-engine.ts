import Database, { type Statement } from 'better-sqlite3'
import type { BenchDocument } from '../corpora/bench-document.ts'
import type { Corpus } from '../corpora/corpus.ts'
import type { BenchQuery } from '../corpora/query-mix.ts'
import { readBatches } from '../corpora/read-documents.ts'
import { type BenchAnswer, type BenchEngine, HITS, type OpenIndex, type Wanted } from './bench-engine.ts'

type Row = { readonly id: string; readonly json?: string }

/**
 * SQLite's FTS5, with Porter stemming and its own bm25(). The index has no copy of the text;
 * a table holds the documents. It has no fuzzy terms.
 */
export const sqliteEngine: BenchEngine = {
  async build(corpus, folder, phase) {
    const database = new Database(`${folder}/index.db`)
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = NORMAL')
    const { keywordField, numberField, textFields } = corpus
    database.exec(`
      CREATE TABLE documents (rowid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, ${keywordField} TEXT, ${numberField} INTEGER, json TEXT);
      CREATE VIRTUAL TABLE texts USING fts5(${textFields.join(', ')}, content='', contentless_delete=1, tokenize='porter unicode61');
    `)
    const addDocument = database.prepare('INSERT INTO documents VALUES (?, ?, ?, ?, ?)')
    const addTexts = database.prepare(
      `INSERT INTO texts (rowid, ${textFields.join(', ')}) VALUES (?, ${textFields.map(() => '?').join(', ')})`,
    )
    let rowid = 0
    const addAll = database.transaction((batch: readonly BenchDocument[]) => {
      for (const document of batch) {
        rowid++
        addDocument.run(rowid, document.id, document[keywordField], document[numberField], JSON.stringify(document))
        addTexts.run(rowid, ...textFields.map((field) => document[field]))
      }
    })
    for await (const batch of readBatches(corpus.file, 10_000)) addAll(batch)
    phase('compact')
    database.exec(`INSERT INTO texts(texts) VALUES ('optimize')`)
    database.pragma('wal_checkpoint(TRUNCATE)')
    database.close()
    return undefined
  },

  async open(corpus, folder) {
    const database = new Database(`${folder}/index.db`, { readonly: true })
    // Enough cache for the whole index, because the other engines hold it all in memory.
    database.pragma('mmap_size = 4294967296')
    const search = prepareSearch(database, corpus)
    return {
      can: (query) => query.mode !== 'fuzzy',
      search: async (query, wanted) => search(query, wanted),
      close: async () => {
        database.close()
      },
    } satisfies OpenIndex
  },
}

function prepareSearch(
  database: Database.Database,
  corpus: Corpus,
): (query: BenchQuery, wanted: Wanted) => BenchAnswer {
  const statements = new Map<string, Statement>()
  const prepare = (sql: string): Statement => {
    const known = statements.get(sql) ?? database.prepare(sql)
    statements.set(sql, known)
    return known
  }
  return (query, wanted) => {
    const where = conditionOf(query)
    const values = [matchOf(query), ...valuesOf(query)]
    const from = 'texts JOIN documents d ON d.rowid = texts.rowid WHERE texts MATCH ?'
    const columns = wanted.documents ? 'd.id, d.json' : 'd.id'
    const hits = prepare(`SELECT ${columns} FROM ${from}${where} ORDER BY rank LIMIT ${HITS}`).all(values) as Row[]
    // Without a filter, counting needs only the table of texts.
    const counted = where === '' ? 'texts WHERE texts MATCH ?' : from + where
    const total = wanted.total
      ? { total: prepare(`SELECT count(*) FROM ${counted}`).pluck().get(values) as number }
      : {}
    const documents = wanted.documents ? { documents: hits.map((hit) => JSON.parse(hit.json!) as BenchDocument) } : {}
    return { ids: hits.map((hit) => hit.id), ...total, ...documents }
  }
  function conditionOf({ filter }: BenchQuery): string {
    if (!filter) return ''
    return 'equals' in filter ? ` AND d.${corpus.keywordField} = ?` : ` AND d.${corpus.numberField} BETWEEN ? AND ?`
  }
}

function matchOf({ mode, words }: BenchQuery): string {
  if (mode === 'phrase') return `"${words.join(' ')}"`
  if (mode === 'prefix') return `"${words[0]}"*`
  return words.map((word) => `"${word}"`).join(mode === 'and' ? ' AND ' : ' OR ')
}

function valuesOf({ filter }: BenchQuery): (string | number)[] {
  if (!filter) return []
  return 'equals' in filter ? [filter.equals] : [filter.from, filter.to]
}

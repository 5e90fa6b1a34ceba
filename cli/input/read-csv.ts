import { Readable } from 'node:stream'
import { type CsvError, parse } from 'csv-parse'
import { InvalidRequestError } from '../../core/errors.ts'
import type { ImportItem } from '../../core/open/import-documents.ts'
import { type ConvertRow, convertRows } from './convert-row.ts'
import { LINE_BYTES_MAX } from './read-json-lines.ts'

/** Number of rows that determine the types of columns without a declared field. */
const SAMPLE_ROWS = 1_000
/** Rows per batch. */
const ROWS_AT_ONCE = 256

type Row = { readonly line: number } & ({ readonly cells: readonly string[] } | { readonly error: InvalidRequestError })

export type CsvOptions = {
  readonly delimiter: ',' | '\t'
  /** Types of the collection's fields, by name. */
  readonly types: ReadonlyMap<string, string>
}

/** Reads a table whose first row names the columns. Quoted cells may hold delimiters and line breaks. */
export async function* readCsv(chunks: AsyncIterable<Uint8Array>, options: CsvOptions): AsyncGenerator<ImportItem[]> {
  let header: readonly string[] | undefined
  let convert: ConvertRow | undefined
  let rows: Row[] = []
  for await (const row of parseRows(chunks, options.delimiter)) {
    if (header === undefined) {
      header = readHeader(row)
      continue
    }
    rows.push(row)
    if (rows.length < (convert === undefined ? SAMPLE_ROWS : ROWS_AT_ONCE)) continue
    convert ??= convertRows(header, cellsOf(rows), options.types)
    yield toItems(rows, header, convert)
    rows = []
  }
  if (header !== undefined) yield toItems(rows, header, convert ?? convertRows(header, cellsOf(rows), options.types))
}

async function* parseRows(chunks: AsyncIterable<Uint8Array>, delimiter: string): AsyncGenerator<Row> {
  const broken: Row[] = []
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: LINE_BYTES_MAX,
    on_skip: (error) => {
      broken.push({ line: Number(error?.lines ?? 0), error: explain(error) })
    },
  })
  const source = Readable.from(chunks, { objectMode: false })
  source.on('error', (error) => parser.destroy(error))
  for await (const { record, info } of source.pipe(parser)) {
    yield* broken.splice(0)
    yield { line: info.lines, cells: record }
  }
  yield* broken.splice(0)
}

function explain(error: CsvError | undefined): InvalidRequestError {
  const message = (error?.message ?? 'cannot be read').replaceAll('\n', ' ')
  return new InvalidRequestError('malformed_csv', message)
}

function readHeader(row: Row): readonly string[] {
  if ('error' in row) throw row.error
  const names = row.cells.map((cell) => cell.trim())
  const wrong = names.find((name, i) => name === '' || names.indexOf(name) !== i)
  if (wrong === undefined) return names
  const message =
    wrong === '' ? 'a column has no name in the first row' : `two columns are named "${wrong}" in the first row`
  throw new InvalidRequestError('malformed_csv', message)
}

function cellsOf(rows: readonly Row[]): (readonly string[])[] {
  return rows.flatMap((row) => ('cells' in row ? [row.cells] : []))
}

function toItems(rows: readonly Row[], header: readonly string[], convert: ConvertRow): ImportItem[] {
  return rows.map((row) => {
    if ('error' in row) return { place: row.line, error: row.error }
    if (row.cells.length !== header.length)
      return { place: row.line, error: columnsMismatch(row.cells.length, header.length) }
    const byteSize = row.cells.reduce((sum, cell) => sum + cell.length, 2 * header.length)
    return { place: row.line, document: convert(row.cells), byteSize }
  })
}

function columnsMismatch(found: number, expected: number): InvalidRequestError {
  return new InvalidRequestError('malformed_csv', `expected ${expected} columns as in the first row, got ${found}`)
}

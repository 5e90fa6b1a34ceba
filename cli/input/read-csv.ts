import { InvalidRequestError } from '../../core/errors.ts'
import type { ImportItem } from '../../core/open/import-documents.ts'
import { type ConvertRow, convertRows } from './convert-row.ts'
import { nameColumns } from './name-columns.ts'
import { readLines } from './read-lines.ts'
import { type Row, RowReader } from './read-rows.ts'
import { sniffDelimiter } from './sniff-delimiter.ts'

/** Number of rows that determine the types of columns without a declared field. */
const SAMPLE_ROWS = 1_000
/** Rows per batch. */
const ROWS_AT_ONCE = 256

export type CsvOptions = {
  /** Name of the file, for errors. */
  readonly name: string
  /** What separates cells; undefined to find out from the first row. */
  readonly delimiter: string | undefined
  /** What separates cells if the first row does not tell. */
  readonly usualDelimiter: ',' | '\t'
  /** Types of the collection's fields, by name. */
  readonly types: ReadonlyMap<string, string>
  /** Called with each assumption about the table that the user should know. */
  readonly onNote: (message: string) => void
}

/** Reads a table whose first row names the columns. Quoted cells may hold delimiters and line breaks. */
export async function* readCsv(chunks: AsyncIterable<Uint8Array>, options: CsvOptions): AsyncGenerator<ImportItem[]> {
  let header: readonly string[] | undefined
  let convert: ConvertRow | undefined
  let rows: Row[] = []
  for await (const row of readRows(chunks, options)) {
    if (header === undefined) {
      if ('error' in row) throw inFirstRow(options.name, row.line, row.error)
      header = nameColumns(row.cells, options.onNote)
      continue
    }
    rows.push(row)
    if (rows.length < (convert === undefined ? SAMPLE_ROWS : ROWS_AT_ONCE)) continue
    convert ??= convertRows(header, cellsOf(rows, header), options.types)
    yield toItems(rows, header, convert)
    rows = []
  }
  if (header !== undefined)
    yield toItems(rows, header, convert ?? convertRows(header, cellsOf(rows, header), options.types))
}

async function* readRows(chunks: AsyncIterable<Uint8Array>, options: CsvOptions): AsyncGenerator<Row> {
  let reader: RowReader | undefined
  for await (const lines of readLines(chunks)) {
    const first = lines.find(({ text }) => text !== '')
    if (first === undefined && reader === undefined) continue
    reader ??= new RowReader(options.delimiter ?? sniffDelimiter(first?.text ?? '', options))
    yield* reader.push(lines)
  }
  if (reader !== undefined) yield* reader.end()
}

function inFirstRow(name: string, line: number, { code, message }: InvalidRequestError): InvalidRequestError {
  return new InvalidRequestError(code, `${name}:${line}: the names of the columns cannot be read: ${message}`)
}

/** The cells of rows that are not bad, because bad ones must not determine types. */
function cellsOf(rows: readonly Row[], header: readonly string[]): (readonly string[])[] {
  return rows.flatMap((row) => ('cells' in row && row.cells.length === header.length ? [row.cells] : []))
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

import { InvalidRequestError } from '../../core/errors.ts'
import type { ImportItem } from '../../core/open/import-documents.ts'
import { textOfId } from '../../core/schema/check-document.ts'
import { usage } from '../terminal/arguments.ts'
import type { Input } from './open-input.ts'

export const FORMATS = ['jsonl', 'json', 'csv', 'tsv'] as const
export type Format = (typeof FORMATS)[number]

const BY_EXTENSION: Readonly<Record<string, Format>> = {
  jsonl: 'jsonl',
  ndjson: 'jsonl',
  json: 'json',
  csv: 'csv',
  tsv: 'tsv',
}

export type ReadOptions = {
  /** Default: determined by the name, otherwise by the first byte. */
  readonly format: Format | undefined
  /** What separates the cells of tables. Default: determined by the first row. */
  readonly delimiter: string | undefined
  /** The field that becomes the id. */
  readonly idField: string | undefined
  /** Types of the collection's fields, by name, for tables. */
  readonly types: ReadonlyMap<string, string>
  /** Called with each assumption about a table that the user should know. */
  readonly onNote: (message: string) => void
}

/** Reads the documents of an input in any supported format. */
export async function* readDocuments(input: Input, options: ReadOptions): AsyncGenerator<ImportItem[]> {
  const chunks = input.chunks()
  const format = options.format ?? formatOfName(input.name)
  const { first, all } = await peek(chunks)
  const guessed = options.delimiter === undefined ? guessFormat(first) : 'csv'
  const documents = await readerOf(input.name, format ?? guessed, all, options)
  for await (const items of documents)
    yield options.idField === undefined ? items : items.map((item) => moveId(item, options.idField!))
}

async function readerOf(name: string, format: Format, chunks: AsyncIterable<Uint8Array>, options: ReadOptions) {
  if (format === 'jsonl') return (await import('./read-json-lines.ts')).readJsonLines(chunks)
  if (format === 'json') return (await import('./read-json-values.ts')).readJsonValues(chunks)
  const { readCsv } = await import('./read-csv.ts')
  const { delimiter, idField, types, onNote } = options
  // Ids are kept as they are written: 1.50 is not 1.5.
  const columns = idField === undefined ? types : new Map(types).set(idField, 'keyword')
  return readCsv(chunks, { name, delimiter, usualDelimiter: format === 'csv' ? ',' : '\t', types: columns, onNote })
}

/** @throws {InvalidRequestError} if the format is one of a later version's */
export function formatOfName(name: string): Format | undefined {
  const extension = /\.([a-z]+)(?:\.gz)?$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  if (extension === 'parquet')
    throw new InvalidRequestError('not_supported', `${name}: Parquet is not supported by this version`)
  return BY_EXTENSION[extension]
}

export function readFormat(text: string | undefined): Format | undefined {
  if (text === undefined || (FORMATS as readonly string[]).includes(text)) return text as Format | undefined
  throw usage(`--format must be one of ${FORMATS.join(', ')}, got "${text}"`)
}

/** @throws {InvalidRequestError} if the option is not one character that can separate cells, or `tab` */
export function readDelimiter(text: string | undefined): string | undefined {
  if (text === 'tab' || text === '\\t') return '\t'
  if (text === undefined || (text.length === 1 && !/["\r\n]/.test(text))) return text
  throw usage(`--delimiter must be one character other than a quote, or tab, got ${JSON.stringify(text)}`)
}

/** A list is JSON; any other input without a known name is read as one document per line. */
function guessFormat(first: Uint8Array): Format {
  const start = first.find((byte) => byte > 0x20)
  return start === '['.charCodeAt(0) ? 'json' : 'jsonl'
}

async function peek(chunks: AsyncGenerator<Uint8Array>) {
  const first = await chunks.next()
  const start = first.done ? new Uint8Array() : first.value
  const all = async function* (): AsyncGenerator<Uint8Array> {
    yield start
    yield* chunks
  }
  return { first: start, all: all() }
}

/** Moves another field of a document to its `id`. */
function moveId(item: ImportItem, field: string): ImportItem {
  if (!('document' in item) || typeof item.document !== 'object' || item.document === null) return item
  const { [field]: given, ...rest } = item.document as Record<string, unknown>
  const id = textOfId(given)
  if (typeof id === 'string') return { ...item, document: { ...rest, id } }
  const found = id === undefined ? 'nothing' : JSON.stringify(id)
  const error = new InvalidRequestError(
    'invalid_id',
    `${field}: expected a string or an integer for the id, got ${found}`,
  )
  return { place: item.place, error }
}

import { InvalidRequestError } from '../../core/errors.ts'
import { LINE_BYTES_MAX } from './read-json-lines.ts'
import type { Line } from './read-lines.ts'
import { RowSplitter } from './split-row.ts'

/** A row of a table, or why it cannot be read, with the line that it begins on. */
export type Row = { readonly line: number } & (
  | { readonly cells: readonly string[] }
  | { readonly error: InvalidRequestError }
)

/**
 * Reads the rows of a table from its lines. A quote that is not closed costs only the line that it is on: reading goes on
 * with the next line.
 *
 * In tables with tabs, quotes that do not enclose a cell are text, because many such tables never quote. A cell that holds
 * both a tab and a line break is not taken as enclosed.
 */
export class RowReader {
  readonly #delimiter: string
  /** Lines from the first one of the current row on. */
  #lines: Line[] = []
  /** The number of {@link #lines} that are read, and their characters. */
  #read = 0
  #length = 0
  #row: RowSplitter
  /** Number of cells of the first row. */
  #columns: number | undefined

  constructor(delimiter: string) {
    this.#delimiter = delimiter
    this.#row = new RowSplitter(delimiter)
  }

  /** Takes the next lines, and returns the rows that end in them. */
  push(lines: readonly Line[]): Row[] {
    for (const line of lines) this.#lines.push(line)
    return this.#readRows('more follows')
  }

  /** Returns the rows that the end of the file ends. */
  end(): Row[] {
    return this.#readRows('end of file')
  }

  #readRows(after: 'more follows' | 'end of file'): Row[] {
    const rows: Row[] = []
    let start = 0
    while (start < this.#lines.length) {
      const first = this.#lines[start]!
      const line = this.#lines[start + this.#read]
      if (line === first && line.text === '') {
        start++
        continue
      }
      if (line === undefined && after === 'more follows') break
      const state = line === undefined ? 'broken' : this.#add(line)
      if (state === 'open') continue
      const isWhole = state === 'complete' && !(this.#delimiter === '\t' && isMerged(this.#row.cells))
      const row = isWhole ? this.#whole(first) : this.#broken(first)
      if ('cells' in row) this.#columns ??= row.cells.length
      rows.push(row)
      start += isWhole ? this.#read : 1
      this.#row = new RowSplitter(this.#delimiter)
      this.#read = 0
      this.#length = 0
    }
    this.#lines = this.#lines.slice(start)
    return rows
  }

  #add({ text, end }: Line): 'complete' | 'open' | 'broken' {
    if (text === undefined) return 'broken'
    this.#read++
    this.#length += text.length + end.length
    const state = this.#row.add(text, end)
    return state === 'open' && this.#length > LINE_BYTES_MAX ? 'broken' : state
  }

  #whole({ number, text }: Line): Row {
    const { cells } = this.#row
    if (this.#delimiter !== '\t' || cells.length === this.#columns) return { line: number, cells }
    const plain = text!.split('\t')
    return { line: number, cells: plain.length === this.#columns ? plain : cells }
  }

  /** What becomes of a line with a quoted cell that does not end, or does not end properly. */
  #broken({ number, text }: Line): Row {
    if (text === undefined)
      return { line: number, error: malformed(`the row has more than ${LINE_BYTES_MAX} characters`) }
    if (this.#delimiter === '\t') return { line: number, cells: text.split('\t') }
    return { line: number, error: malformed('a quote is not closed, or a quote inside a quoted cell is not doubled') }
  }
}

/** Whether quotes of different rows were read as the quotes of one cell. */
function isMerged(cells: readonly string[]): boolean {
  return cells.some((cell) => cell.includes('\t') && /[\r\n]/.test(cell))
}

function malformed(message: string): InvalidRequestError {
  return new InvalidRequestError('malformed_csv', message)
}

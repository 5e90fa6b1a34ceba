import { CsvError, parse } from 'csv-parse/sync'

/** A quote that no other follows or precedes, or an odd number of them: only that closes a quoted cell. */
const CLOSING = /(?<!")"(?:"")*(?!")/

/**
 * Splits a row into cells, line by line, because quoted cells may hold line breaks.
 *
 * A cell is quoted if it begins with a quote. Inside it, two quotes stand for one. In a row of one line, a quote inside a
 * cell that does not begin with one is text.
 */
export class RowSplitter {
  readonly #delimiter: string
  #text = ''
  /** The cells, once the row is complete. */
  cells: readonly string[] = []

  constructor(delimiter: string) {
    this.#delimiter = delimiter
  }

  /**
   * Adds the next line of the row.
   *
   * @param end the characters that end the line
   * @returns 'complete' if the row ends with this line, 'open' if a quoted cell goes on, and 'broken' if a quoted cell is
   * followed by something other than a delimiter
   */
  add(line: string, end: string): 'complete' | 'open' | 'broken' {
    const isFirst = this.#text === ''
    const text = this.#text + line
    this.#text = text + end
    if (isFirst && !line.includes('"')) {
      this.cells = line.split(this.#delimiter)
      return 'complete'
    }
    if (!isFirst && !CLOSING.test(line)) return 'open'
    try {
      this.cells = parseRow(text, this.#delimiter, isFirst)
      return 'complete'
    } catch (error) {
      if (!(error instanceof CsvError)) throw error
      return error.code === 'CSV_QUOTE_NOT_CLOSED' ? 'open' : 'broken'
    }
  }
}

function parseRow(text: string, delimiter: string, isOneLine: boolean): readonly string[] {
  const options = { delimiter, record_delimiter: '\n', relax_column_count: true }
  try {
    return parse(text, options)[0]!
  } catch (error) {
    const isInside = error instanceof CsvError && (error.code as string) === 'INVALID_OPENING_QUOTE'
    if (!isInside || !isOneLine) throw error
    return parse(text, { ...options, relax_quotes: true })[0]!
  }
}

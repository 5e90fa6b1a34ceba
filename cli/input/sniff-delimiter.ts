import { RowSplitter } from './split-row.ts'

const DELIMITERS = [',', ';', '\t', '|'] as const

/**
 * Finds what separates the cells of a table: what divides its first row into most cells, the usual delimiter if others
 * divide it no further.
 */
export function sniffDelimiter(
  firstRow: string,
  { usualDelimiter, onNote }: { readonly usualDelimiter: string; readonly onNote: (message: string) => void },
): string {
  let best = usualDelimiter
  for (const delimiter of DELIMITERS) if (countCells(firstRow, delimiter) > countCells(firstRow, best)) best = delimiter
  if (best !== usualDelimiter) onNote(`cells are taken as separated by ${nameOf(best)}; --delimiter says otherwise`)
  return best
}

function countCells(line: string, delimiter: string): number {
  const splitter = new RowSplitter(delimiter)
  const state = splitter.add(line, '')
  // A name with a line break goes on in the next line; what matters is what is in front of it.
  if (state === 'open') return line.endsWith('"') ? 1 : countCells(`${line}"`, delimiter)
  return state === 'complete' ? splitter.cells.length : 1
}

function nameOf(delimiter: string): string {
  return delimiter === '\t' ? 'tabs' : `"${delimiter}"`
}

/** Makes a document of a row's cells. */
export type ConvertRow = (cells: readonly string[]) => Record<string, unknown>

/** Makes a value of a cell that is not empty. */
type ConvertCell = (cell: string) => unknown

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const TYPED: Readonly<Record<string, ConvertCell>> = {
  float: toNumber,
  boolean: toBoolean,
  // Epoch milliseconds are a number, everything else is ISO 8601.
  date: (cell) => (/^-?\d{5,}$/.test(cell) ? Number(cell) : cell),
}

/**
 * Decides what the columns of a table hold: what the collection's field of that
 * name wants, else numbers or booleans where every cell of the sample is one.
 * Numbers with leading zeros or more digits than a number keeps stay text, as
 * does `id`. Empty cells are missing.
 */
export function convertRows(
  header: readonly string[],
  sample: readonly (readonly string[])[],
  types: ReadonlyMap<string, string>,
): ConvertRow {
  const columns = header.map((name, i) => {
    const type = types.get(name)
    if (type !== undefined) return TYPED[type] ?? asText
    return name === 'id' ? asText : guess(sample.map((cells) => cells[i] ?? '').filter((cell) => cell !== ''))
  })
  return (cells) => {
    const document: Record<string, unknown> = {}
    for (const [i, name] of header.entries()) {
      const cell = cells[i]!
      if (cell !== '') document[name] = columns[i]!(cell)
    }
    return document
  }
}

function guess(cells: readonly string[]): ConvertCell {
  if (cells.length === 0) return asText
  if (cells.every((cell) => typeof toNumber(cell) === 'number')) return toNumber
  return cells.every((cell) => typeof toBoolean(cell) === 'boolean') ? toBoolean : asText
}

function asText(cell: string): string {
  return cell
}

function toNumber(cell: string): number | string {
  const number = Number(cell)
  const isExact =
    NUMBER.test(cell) && Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number))
  return isExact ? number : cell
}

function toBoolean(cell: string): boolean | string {
  if (cell === 'true') return true
  return cell === 'false' ? false : cell
}

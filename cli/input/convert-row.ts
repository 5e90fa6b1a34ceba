import { booleanOfCell } from '../../core/fields/boolean.ts'
import { numberOfCell } from '../../core/fields/float.ts'
import { fieldTypes, kindOf } from '../../core/fields/kinds.ts'

/** Converts the cells of a row to a document. */
export type ConvertRow = (cells: readonly string[]) => Record<string, unknown>

/** Converts a cell that is not empty to a value. */
type ConvertCell = (cell: string) => unknown

/**
 * Determines the types of a table's columns: the type of the collection's field with that name, otherwise number or boolean
 * if every cell of the sample is one. Numbers with leading zeros or too many digits stay text, and so does `id`. Empty
 * cells are missing values.
 */
export function convertRows(
  header: readonly string[],
  sample: readonly (readonly string[])[],
  types: ReadonlyMap<string, string>,
): ConvertRow {
  const columns = header.map((name, i) => {
    const type = types.get(name)
    if (type !== undefined) return (fieldTypes().includes(type) ? kindOf({ type }).readCell : undefined) ?? asText
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
  if (cells.every((cell) => typeof numberOfCell(cell) === 'number')) return numberOfCell
  return cells.every((cell) => typeof booleanOfCell(cell) === 'boolean') ? booleanOfCell : asText
}

function asText(cell: string): string {
  return cell
}

import type { Field } from './field.ts'
import type { FieldKind } from './field-kind.ts'
import { numbers } from './numbers.ts'

export const boolean: FieldKind = {
  ...numbers,
  type: 'boolean',
  infers: (value) => typeof value === 'boolean',
  expected: 'true or false',
  convert: readBoolean,
  readCell: booleanOfCell,
  operand: 'true or false',
  readOperand: (field, value) => readBoolean(field, typeof value === 'string' ? booleanOfCell(value) : value),
  describe: (stored) => (stored === 1 ? true : stored === 0 ? false : undefined),
}

/** The boolean of a cell or of a query's text; the text itself if it is neither `true` nor `false`. */
export function booleanOfCell(cell: string): boolean | string {
  return cell === 'true' ? true : cell === 'false' ? false : cell
}

function readBoolean(_field: Field, value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

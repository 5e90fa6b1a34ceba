import type { FieldKind } from './field-kind.ts'
import { numbers, readNumber } from './numbers.ts'

const EXACT_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

export const float: FieldKind = {
  ...numbers,
  type: 'float',
  infers: (value) => typeof value === 'number',
  expected: 'a number',
  convert: (_field, value) => (typeof value === 'number' ? readNumber(value) : undefined),
  readCell: numberOfCell,
  readOperand: (_field, value) => readNumber(value),
  describe: (stored) => (typeof stored === 'number' && Number.isFinite(stored) ? stored : undefined),
}

/** The number of a cell; the text itself if a number would lose a part of it: leading zeros, integers beyond 2^53. */
export function numberOfCell(cell: string): number | string {
  const number = Number(cell)
  const isExact =
    EXACT_NUMBER.test(cell) && Number.isFinite(number) && (!Number.isInteger(number) || Number.isSafeInteger(number))
  return isExact ? number : cell
}

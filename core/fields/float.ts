import type { FieldKind } from './field-kind.ts'
import { numbers, readNumber } from './numbers.ts'

export const float: FieldKind = {
  ...numbers,
  type: 'float',
  infers: (value) => typeof value === 'number',
  expected: 'a number',
  convert: (_field, value) => (typeof value === 'number' ? readNumber(value) : undefined),
  readOperand: (_field, value) => readNumber(value),
  describe: (stored) => (typeof stored === 'number' && Number.isFinite(stored) ? stored : undefined),
}

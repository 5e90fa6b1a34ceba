import type { FieldKind } from './field-kind.ts'
import { numbers } from './numbers.ts'

export const boolean: FieldKind = {
  ...numbers,
  type: 'boolean',
  infers: (value) => typeof value === 'boolean',
  expected: 'true or false',
  convert: (_field, value) => (typeof value === 'boolean' ? value : undefined),
  operand: 'true or false',
  readOperand: (_field, value) => {
    return value === true || value === 'true' ? true : value === false || value === 'false' ? false : undefined
  },
  describe: (stored) => (stored === 1 ? true : stored === 0 ? false : undefined),
}

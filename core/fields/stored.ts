import type { FieldKind } from './field-kind.ts'
import { numbers } from './numbers.ts'

/** The properties that all kinds with values that are only stored share. */
export const stored = {
  ...numbers,
  options: {},
  isIndexed: false,
  hasColumn: false,
  operand: 'nothing',
  readOperand: () => undefined,
  describe: () => undefined,
} as const satisfies Partial<FieldKind>

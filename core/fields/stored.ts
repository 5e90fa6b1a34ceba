import type { FieldKind } from './field-kind.ts'
import { numbers } from './numbers.ts'

/** What kinds have in common whose values are only stored: nothing of them comes into a segment's columns. */
export const stored = {
  ...numbers,
  options: {},
  isIndexed: false,
  hasColumn: false,
  operand: 'nothing',
  readOperand: () => undefined,
  describe: () => undefined,
} as const satisfies Partial<FieldKind>

import type { FieldKind } from './field-kind.ts'
import { stored } from './stored.ts'

/** An object whose members are fields; a field itself only where it is declared without any. */
export const object: FieldKind = {
  ...stored,
  type: 'object',
  expected: 'an object',
  objects: 'fields',
  convert: () => undefined,
}

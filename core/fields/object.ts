import type { FieldKind } from './field-kind.ts'
import { stored } from './stored.ts'

/** An object whose members are fields. The object itself is a field only if it is declared without members. */
export const object: FieldKind = {
  ...stored,
  type: 'object',
  expected: 'an object',
  objects: 'fields',
  convert: () => undefined,
}

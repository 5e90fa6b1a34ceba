import type { FieldKind } from './field-kind.ts'
import { stored } from './stored.ts'

/** Any JSON, which is stored but not indexed. */
export const json: FieldKind = { ...stored, type: 'json', expected: 'anything' }

import { assert } from '../assert.ts'
import { CorruptDataError } from '../errors.ts'
import { quote } from '../quote.ts'
import { boolean } from './boolean.ts'
import { date } from './date.ts'
import type { Field } from './field.ts'
import type { FieldKind } from './field-kind.ts'
import { float } from './float.ts'
import { integer } from './integer.ts'
import { json } from './json.ts'
import { keyword } from './keyword.ts'
import { object } from './object.ts'
import { text } from './text.ts'

/** Every kind of field, by its name in declarations, stored schemas and segments. */
const kinds = new Map(
  [text, keyword, integer, float, boolean, date, object, json].map((kind) => [kind.type, kind] as const),
)

/** The names of all kinds. */
export function fieldTypes(): string[] {
  return [...kinds.keys()]
}

/**
 * The kind of a field.
 *
 * @throws {CorruptDataError} for a schema or segment that a newer version wrote
 */
export function kindOf({ type }: { readonly type: string }): FieldKind {
  const kind = kinds.get(type)
  if (kind !== undefined) return kind
  throw new CorruptDataError('unknown_field_type', `fields of type ${quote(type)} need a newer version`)
}

/** The options of a field that are parameters of its kind, as JSON with sorted names; empty if the kind has none. */
export function kindParametersOf(field: Field): string {
  const options = Object.entries(kindOf(field).options).filter(([, { isParameter }]) => isParameter === true)
  if (options.length === 0) return ''
  const given = options.map(([name, { property }]) => [name, (field as Readonly<Record<string, unknown>>)[property]])
  return JSON.stringify(Object.fromEntries(given.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))))
}

/** Whether a field's values are analysed into words. */
export function isAnalysed(field: { readonly type: string }): boolean {
  return kindOf(field).words === 'analysed'
}

/** Whether a field has a dictionary of exact values. */
export function hasKeywords(field: { readonly type: string; readonly keywords: boolean }): boolean {
  return field.keywords || kindOf(field).keywords === 'always'
}

/** The kind of field that is inferred from the value of an undeclared field; text if no kind infers it. */
export function inferType(value: unknown): string {
  for (const { type, infers } of kinds.values()) if (infers?.(value) === true) return type
  return text.type
}

/**
 * Adds a kind of field to this process, for programs that embed the engine. Call this before opening any collection,
 * and in every worker thread.
 *
 * @returns removes the kind again; call it only when no open collection has such a field
 */
export function addKind(kind: FieldKind): () => void {
  assert(!kinds.has(kind.type), `no kind of field is named ${kind.type} yet`)
  kinds.set(kind.type, kind)
  return () => {
    kinds.delete(kind.type)
  }
}

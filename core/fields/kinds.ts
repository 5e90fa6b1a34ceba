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

/** Every kind of field, by the name that declarations, stored schemas and segments use. */
const kinds = new Map(
  [text, keyword, integer, float, boolean, date, object, json].map((kind) => [kind.type, kind] as const),
)

/** The names of all kinds. */
export function fieldTypes(): string[] {
  return [...kinds.keys()]
}

/**
 * The kind of a field, or of that name.
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

/** Whether a field's exact values have a dictionary. */
export function hasKeywords(field: { readonly type: string; readonly keywords: boolean }): boolean {
  return field.keywords || kindOf(field).keywords === 'always'
}

/** The name of the kind of field that a value gets which no schema declares; text if no kind claims it. */
export function inferType(value: unknown): string {
  for (const { type, infers } of kinds.values()) if (infers?.(value) === true) return type
  return text.type
}

/**
 * Adds a kind for the rest of the process, for those who embed the engine. Call it before any
 * collection is opened, in every worker thread as well.
 */
export function addKind(kind: FieldKind): void {
  assert(!kinds.has(kind.type), `there is no kind of field called ${kind.type} yet`)
  kinds.set(kind.type, kind)
}

import { describeFound } from '../describe-found.ts'
import { InvalidRequestError } from '../errors.ts'
import type { Field } from '../fields/field.ts'
import { keyword } from '../fields/keyword.ts'
import { fieldTypes, kindOf } from '../fields/kinds.ts'
import { text } from '../fields/text.ts'
import { isRecord } from '../json-record.ts'
import { isPlanned, notSupported } from '../planned.ts'
import { quote } from '../quote.ts'

/** A field without its number, which the collection assigns. */
export type FieldOptions = Omit<Field, 'number'>

/** The type and the explicit options of a declaration. */
export type DeclaredOptions = { readonly name: string; readonly type: string } & Partial<FieldOptions>

/**
 * Parses the declaration of one field. The caller parses the `fields` of an object.
 *
 * @throws {InvalidRequestError} naming the field, what was expected and what was found
 */
export function parseField(name: string, declaration: unknown): DeclaredOptions {
  if (typeof declaration === 'string') return { name, type: parseType(name, declaration) }
  if (!isRecord(declaration)) throw invalidField(name, 'expected a type or an object with "type"', declaration)
  const type = parseType(name, declaration.type ?? (declaration.fields === undefined ? undefined : 'object'))
  const given: Record<string, unknown> = {}
  for (const [option, value] of Object.entries(declaration)) {
    if (option !== 'type' && option !== 'fields' && value !== undefined)
      readOption(given, { name, type }, option, value)
  }
  if (declaration.language !== undefined && declaration.analyzer !== undefined) {
    throw invalidField(name, '"analyzer" is another name for "language", expected one of them')
  }
  return { ...given, name, type }
}

/** Adds the default options to a declaration. Every field has the options of text and keyword fields. */
export function completeField(given: DeclaredOptions): FieldOptions {
  const kind = kindOf(given)
  const index = kind.isIndexed && (given.index ?? true)
  const column = index && (given.column ?? kind.hasColumn)
  const keywords = kind.keywords === 'with a column' && column
  const options = Object.values({ ...text.options, ...keyword.options, ...kind.options })
  const defaults = Object.fromEntries(options.map((option) => [option.property, option.defaultValue]))
  return { ...defaults, ...given, index, column, keywords } as FieldOptions
}

/** The options of a field that differ from the defaults, as a declaration gives them. */
export function nonDefaultOptions(field: Field): Record<string, unknown> {
  const defaults = { ...completeField({ name: field.name, type: field.type, index: field.index }), index: true }
  const shown = new Set<string>()
  return Object.fromEntries(
    Object.entries(kindOf(field).options).flatMap(([name, { property }]) => {
      const value = propertyOf(field, property)
      if (value === propertyOf(defaults, property) || shown.has(property)) return []
      shown.add(property)
      return [[name, value]]
    }),
  )
}

/** The value of a property of a field or of its declaration. */
export function propertyOf(field: object, property: string): unknown {
  return (field as Readonly<Record<string, unknown>>)[property]
}

function parseType(name: string, type: unknown): string {
  const types = fieldTypes()
  const known = types.find((candidate) => candidate === type)
  if (known !== undefined) return known
  if (typeof type === 'string' && isPlanned('fieldTypes', type)) {
    throw notSupported(`field ${quote(name)}: type ${type}`, { field: name })
  }
  const hint =
    type === 'string' ? ' (strings are text or keyword)' : type === 'number' ? ' (numbers are integer or float)' : ''
  throw invalidField(name, `expected a type of ${types.join(', ')}${hint}`, type)
}

function readOption(
  given: Record<string, unknown>,
  field: { readonly name: string; readonly type: string },
  name: string,
  value: unknown,
): void {
  const { options } = kindOf(field)
  const option = Object.hasOwn(options, name) ? options[name] : undefined
  if (option === undefined) {
    if (isPlanned('fieldOptions', name))
      throw notSupported(`field ${quote(field.name)}: ${name}`, { field: field.name })
    const known = Object.keys(options).join(', ') || 'none'
    throw invalidField(field.name, `${field.type} fields have no option ${quote(name)} (options: ${known})`)
  }
  const read = option.read(value)
  if (read === undefined) {
    const expected = typeof option.expected === 'string' ? option.expected : option.expected(value)
    throw invalidField(field.name, `expected "${name}" to be ${expected}`, value)
  }
  given[option.property] = read
}

/** The error for an invalid declaration; the message shows `found` if given. */
export function invalidField(name: string, expected: string, ...found: unknown[]): InvalidRequestError {
  const shown = found.length === 0 ? '' : `, found ${describeFound(found[0])}`
  return new InvalidRequestError('invalid_schema', `field ${quote(name)}: ${expected}${shown}`, {
    details: { field: name, expected },
  })
}

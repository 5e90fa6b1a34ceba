import { describeFound } from '../describe-found.ts'
import { InvalidRequestError, LimitExceededError } from '../errors.ts'
import type { Field } from '../fields/field.ts'
import { kindOf } from '../fields/kinds.ts'
import { isRecord } from '../json-record.ts'
import { isPlanned, notSupported } from '../planned.ts'
import { quote } from '../quote.ts'
import { utf8ByteLength } from '../utf8.ts'
import {
  completeField,
  type DeclaredOptions,
  invalidField,
  nonDefaultOptions,
  parseField,
  propertyOf,
} from './declare-field.ts'
import { findField } from './find-field.ts'
import { FIELD_NAME_BYTES_MAX, FIELDS_MAX, type Schema, type WeightedField } from './schema.ts'
import type { FieldDeclaration, SchemaDeclaration } from './schema-declaration.ts'
import { getWordField, parseWeightedField } from './weighted-field.ts'

const MEMBERS = ['fields', 'dynamic', 'default_fields']
/** Maximum nesting of objects in a declaration. */
const NESTING_MAX = 32

/**
 * Parses a declaration as the first version of a schema. An empty declaration gives a schema without fields, to which
 * documents add fields.
 *
 * @throws {InvalidRequestError} `invalid_schema` naming field, expected and found; `not_supported` for planned types
 * @throws {LimitExceededError} above {@link FIELDS_MAX} fields
 */
export function parseSchema(declaration: unknown = {}): Schema {
  const { fields, dynamic, defaultFields } = readDeclaration(declaration)
  const declared = fields.map((given, number) => ({ number, ...completeField(given) }))
  checkFields(declared)
  return withDefaultFields(
    { version: 1, dynamic: dynamic ?? true, fields: declared, defaultFields: undefined },
    defaultFields,
  )
}

/**
 * Adds declared fields to a schema. Existing fields may be declared again: `k1`, `b`, `dynamic` and the stop words of
 * queries may change. Other options may not change, because segments were built with them. Omitted options keep their
 * values.
 *
 * @returns the next version of the schema, or the same schema if nothing changes
 * @throws {InvalidRequestError} `schema_conflict` naming the field and both values
 */
export function extendSchema(schema: Schema, declaration: unknown): Schema {
  const { fields, dynamic, defaultFields } = readDeclaration(declaration)
  const extended = [...schema.fields]
  for (const given of fields) {
    const known = findField(schema, given.name)
    if (known === undefined) extended.push({ number: extended.length, ...completeField(given) })
    else extended[known.number] = redeclareField(known, given)
  }
  checkFields(extended)
  const next = withDefaultFields(
    { ...schema, version: schema.version + 1, dynamic: dynamic ?? schema.dynamic, fields: extended },
    defaultFields ?? schema.defaultFields,
  )
  return JSON.stringify({ ...next, version: schema.version }) === JSON.stringify(schema) ? schema : next
}

/** Describes a schema as a declaration. Parsing the declaration gives the same fields. */
export function describeSchema(schema: Schema): SchemaDeclaration {
  return {
    // Unlike assignment, fromEntries creates an ordinary member for a field named __proto__.
    fields: Object.fromEntries(schema.fields.map((field) => [field.name, describeField(field)])),
    dynamic: schema.dynamic,
    ...(schema.defaultFields === undefined ? {} : { default_fields: schema.defaultFields.map(describeWeighted) }),
  }
}

/** Describes a field by its type and the options that differ from the defaults, or by the type alone. */
export function describeField(field: Field): FieldDeclaration {
  const options = nonDefaultOptions(field)
  return Object.keys(options).length === 0 ? field.type : { type: field.type, ...options }
}

type Declaration = {
  readonly fields: readonly DeclaredOptions[]
  readonly dynamic: Schema['dynamic'] | undefined
  readonly defaultFields: readonly WeightedField[] | undefined
}

function readDeclaration(declaration: unknown): Declaration {
  if (!isRecord(declaration)) throw invalid(`schema: expected an object, found ${describeFound(declaration)}`, 'schema')
  const unexpected = Object.keys(declaration).find((member) => !MEMBERS.includes(member))
  if (unexpected !== undefined) {
    if (isPlanned('fieldOptions', unexpected)) throw notSupported(`schema: ${unexpected}`, { path: unexpected })
    throw invalid(`schema: unknown member ${quote(unexpected)}, expected ${MEMBERS.join(', ')}`, unexpected)
  }
  const { dynamic, default_fields: defaults } = declaration
  if (dynamic !== undefined && typeof dynamic !== 'boolean' && dynamic !== 'strict') {
    throw invalid(
      `schema: expected "dynamic" to be true, false or "strict", found ${describeFound(dynamic)}`,
      'dynamic',
    )
  }
  if (defaults !== undefined && !Array.isArray(defaults)) {
    throw invalid(
      `schema: expected "default_fields" to be a list of names, found ${describeFound(defaults)}`,
      'default_fields',
    )
  }
  const fields: DeclaredOptions[] = []
  readFields(declaration.fields ?? {}, '', fields, 0)
  return { fields, dynamic, defaultFields: defaults?.map((name) => parseWeightedField(name, 'default_fields')) }
}

function readFields(declarations: unknown, prefix: string, into: DeclaredOptions[], depth: number): void {
  const where = prefix === '' ? 'schema' : `field ${quote(prefix.slice(0, -1))}`
  if (!isRecord(declarations)) throw invalid(`${where}: expected "fields" to be an object`, 'fields')
  if (depth > NESTING_MAX) throw invalid(`${where}: objects are nested more than ${NESTING_MAX} deep`, 'fields')
  for (const [key, declaration] of Object.entries(declarations)) {
    if (declaration === undefined) continue
    const name = prefix + key
    checkName(name)
    const given = parseField(name, declaration)
    const members = isRecord(declaration) ? declaration.fields : undefined
    if (members === undefined || (isRecord(members) && Object.keys(members).length === 0)) into.push(given)
    else readFields(members, `${name}.`, into, depth + 1)
    if (into.length > FIELDS_MAX) throw tooManyFields(into.length)
  }
}

/** Whether a field may have a dotted name: no part is empty, and it has at most {@link FIELD_NAME_BYTES_MAX} bytes. */
export function isFieldName(name: string): boolean {
  return !/^\.|\.\.|\.$|^$|\p{Surrogate}/u.test(name) && utf8ByteLength(name) <= FIELD_NAME_BYTES_MAX
}

function checkName(name: string): void {
  if (isFieldName(name)) return
  throw invalidField(name.slice(0, 300), `names have 1 to ${FIELD_NAME_BYTES_MAX} bytes and no empty part between dots`)
}

/** Checks the number of fields, and that names are unique and no field lies inside a field that is not an object. */
function checkFields(fields: readonly Field[]): void {
  if (fields.length > FIELDS_MAX) throw tooManyFields(fields.length)
  const names = new Map(fields.map((field) => [field.name, field]))
  if (names.size < fields.length) {
    const twice = fields.find((field) => names.get(field.name) !== field)!
    throw invalidField(twice.name, 'declared twice, as a nested and as a dotted name')
  }
  for (const { name, type } of fields) {
    for (let dot = name.indexOf('.'); dot !== -1; dot = name.indexOf('.', dot + 1)) {
      const parent = names.get(name.slice(0, dot))
      if (parent !== undefined && kindOf(parent).objects !== 'fields') {
        throw invalidField(name, `${quote(parent.name)} is of type ${parent.type} and has no fields in it`)
      }
    }
    if (name === 'id' && type !== 'keyword') throw invalidField(name, 'ids are strings, expected type keyword', type)
  }
}

function redeclareField(known: Field, given: DeclaredOptions): Field {
  const next: Field = { ...known, ...given, dynamic: given.dynamic ?? false }
  if (next.type !== known.type) throw conflict(known, 'type', next)
  for (const [name, { property, canChange }] of Object.entries(kindOf(known).options)) {
    const [from, to] = [propertyOf(known, property), propertyOf(next, property)]
    if (from !== to && canChange?.(from, to) !== true) throw conflict(known, name, next, property)
  }
  return next
}

function conflict(known: Field, option: string, next: Field, property = option): InvalidRequestError {
  const [expected, found] = [propertyOf(known, property), propertyOf(next, property)]
  const message = `field ${quote(known.name)}: ${option} is ${expected} and cannot become ${found}`
  return new InvalidRequestError('schema_conflict', message, { details: { field: known.name, expected, found } })
}

function withDefaultFields(schema: Schema, defaultFields: readonly WeightedField[] | undefined): Schema {
  for (const { name } of defaultFields ?? []) getWordField(schema, name, 'default_fields')
  return { ...schema, defaultFields: defaultFields?.length === 0 ? undefined : defaultFields }
}

function describeWeighted({ name, boost }: WeightedField): string {
  return boost === 1 && !name.includes('^') ? name : `${name}^${boost}`
}

function tooManyFields(found: number): LimitExceededError {
  return new LimitExceededError('too_many_fields', `a schema has at most ${FIELDS_MAX} fields, found ${found}`, {
    details: { limit: FIELDS_MAX },
  })
}

function invalid(message: string, member: string): InvalidRequestError {
  return new InvalidRequestError('invalid_schema', message, { details: { member } })
}

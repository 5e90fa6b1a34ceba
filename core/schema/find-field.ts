import { InvalidRequestError } from '../errors.ts'
import type { Field } from '../fields/field.ts'
import { findNearestName } from '../nearest-name.ts'
import { quote } from '../quote.ts'
import type { Schema } from './schema.ts'

const byName = new WeakMap<Schema, ReadonlyMap<string, Field>>()

/** The field with a dotted name, if the schema has one. */
export function findField(schema: Schema, name: string): Field | undefined {
  let fields = byName.get(schema)
  if (fields === undefined) {
    fields = new Map(schema.fields.map((field) => [field.name, field]))
    byName.set(schema, fields)
  }
  return fields.get(name)
}

/** The name of a field, or one of `others`, that a user probably meant. */
export function nearestField(schema: Schema, name: string, others: readonly string[] = []): string | undefined {
  return findNearestName(name, [...others, ...schema.fields.map((field) => field.name)])
}

/**
 * The error for a field that a request names and the schema lacks.
 *
 * @param where the part of the request that names the field, such as `filter`
 * @param similar what the user probably meant
 */
export function fieldNotFound(
  schema: Schema,
  name: string,
  where: string,
  similar = nearestField(schema, name),
): InvalidRequestError {
  const hint = similar === undefined ? '' : `, did you mean ${quote(similar)}?`
  return new InvalidRequestError('field_not_found', `${where}: no field named ${quote(name)}${hint}`, {
    details: { field: name.slice(0, 100), ...(similar === undefined ? {} : { similar }) },
  })
}

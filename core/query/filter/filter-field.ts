import { describeFound } from '../../describe-found.ts'
import { InvalidRequestError } from '../../errors.ts'
import type { Field, FieldValue } from '../../fields/field.ts'
import { hasKeywords, isAnalysed, kindOf } from '../../fields/kinds.ts'
import { quote } from '../../quote.ts'
import { textOfId } from '../../schema/check-document.ts'
import { fieldNotFound, findField } from '../../schema/find-field.ts'
import type { Schema } from '../../schema/schema.ts'

/** What a name in a filter refers to: a field, an object with its leaves, or the documents' ids. */
export type FilterTarget =
  | { readonly kind: 'field'; readonly field: Field }
  | { readonly kind: 'object'; readonly path: string; readonly leaves: readonly Field[] }
  | { readonly kind: 'id' }

/**
 * Finds the target of a name in a filter.
 *
 * @throws {InvalidRequestError} `field_not_found`, with the nearest field name if one is similar
 */
export function findTarget(schema: Schema, name: string, where: string): FilterTarget {
  const field = findField(schema, name)
  if (field !== undefined && kindOf(field).objects !== 'fields') return { kind: 'field', field }
  const leaves = schema.fields.filter((inner) => inner.name.startsWith(`${name}.`))
  if (field !== undefined || leaves.length > 0) return { kind: 'object', path: name, leaves }
  if (name === 'id') return { kind: 'id' }
  throw fieldNotFound(schema, name, where)
}

/** Whether a name refers to a field, or to an object that contains fields. */
export function hasTarget(schema: Schema, name: string): boolean {
  return schema.fields.some((field) => field.name === name || field.name.startsWith(`${name}.`))
}

/** @throws {InvalidRequestError} if the field is not indexed, so that a filter cannot even test whether it has a value */
export function checkIndexed(field: Field, where: string): void {
  if (!field.index) {
    const message = `${where}: field ${quote(field.name)} is only stored, not indexed`
    throw new InvalidRequestError('field_not_indexed', message, { details: { field: field.name } })
  }
}

/** @throws {InvalidRequestError} if a filter cannot compare values of the field */
export function checkComparable(field: Field, where: string): void {
  checkIndexed(field, where)
  if (!field.column && !hasKeywords(field)) throw noColumn(field, where)
}

/**
 * Converts the value of a condition to the type in which the field compares.
 *
 * @throws {InvalidRequestError} 'invalid_filter' if the value does not fit the field
 */
export function readFilterValue(field: Field, value: unknown, where: string): FieldValue {
  const { operand, readOperand } = kindOf(field)
  const read = readOperand(field, field.name === 'id' ? textOfId(value) : value)
  if (read !== undefined) return read
  throw invalidFilter(
    where,
    `expected ${operand} for field ${quote(field.name)} of type ${field.type}, found ${describeFound(value)}`,
  )
}

/** The error for an invalid filter; `where` is a path such as `filter.year.gte`. */
export function invalidFilter(where: string, message: string): InvalidRequestError {
  return new InvalidRequestError('invalid_filter', `${where}: ${message}`, { details: { path: where } })
}

function noColumn(field: Field, where: string): InvalidRequestError {
  const why = isAnalysed(field) ? 'is text without a keyword column' : 'has no column'
  return new InvalidRequestError(
    'field_not_filterable',
    `${where}: field ${quote(field.name)} ${why}; declare it with "column": true`,
    { details: { field: field.name } },
  )
}

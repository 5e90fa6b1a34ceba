import { InvalidRequestError } from '../errors.ts'
import type { Field } from '../fields/field.ts'
import { kindOf } from '../fields/kinds.ts'
import { quote } from '../quote.ts'
import { fieldNotFound, findField } from './find-field.ts'
import type { Schema, WeightedField } from './schema.ts'

const BOOST_MAX = 1e6

/**
 * Splits `title^2` into name and boost (default 1).
 *
 * @param where names the list in errors, such as `fields`
 */
export function parseWeightedField(text: unknown, where: string): WeightedField {
  if (typeof text !== 'string') {
    throw new InvalidRequestError('invalid_field', `${where}: expected names such as "title" or "title^2"`)
  }
  const caret = text.lastIndexOf('^')
  if (caret === -1) return { name: text, boost: 1 }
  const boost = /^\d+(\.\d+)?$/.test(text.slice(caret + 1)) ? Number(text.slice(caret + 1)) : Number.NaN
  if (!(boost <= BOOST_MAX)) {
    throw new InvalidRequestError(
      'invalid_field',
      `${where}: the boost of ${quote(text)} must be a number from 0 to ${BOOST_MAX}`,
    )
  }
  return { name: text.slice(0, caret), boost }
}

/**
 * The field with a name, in which words can be searched.
 *
 * @throws {InvalidRequestError} unless the field is an indexed text or keyword field
 */
export function getWordField(schema: Schema, name: string, where: string): Field {
  const field = findField(schema, name)
  if (field === undefined) throw fieldNotFound(schema, name, where)
  if (kindOf(field).words === 'none') {
    throw new InvalidRequestError(
      'invalid_field',
      `${where}: expected text or keyword fields, but ${quote(name)} is of type ${field.type}`,
      { details: { field: name } },
    )
  }
  if (!field.index) {
    throw new InvalidRequestError('field_not_indexed', `${where}: field ${quote(name)} is not indexed`, {
      details: { field: name },
    })
  }
  return field
}

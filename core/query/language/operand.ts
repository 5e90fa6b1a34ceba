import { convertValue, normalizeKeyword } from '../../schema/convert-value.ts'
import type { Field, FieldValue } from '../../schema/schema.ts'

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/
const EPOCH_MS = /^-?\d{5,}$/

/** What a field's values can be compared with, for error messages. */
export const OPERANDS: Readonly<Record<Field['type'], string>> = {
  text: 'a string',
  keyword: 'a string',
  integer: 'a number',
  float: 'a number',
  boolean: 'true or false',
  date: 'an ISO 8601 date or epoch milliseconds',
  object: 'nothing',
  json: 'nothing',
}

/**
 * Converts what a query or filter compares a field with. More is accepted than in
 * documents: numbers, booleans and dates as text, and fractions for integers (which no
 * integer equals, but which can bound them).
 *
 * @returns undefined if it cannot be compared with the field's values
 */
export function readOperand(field: Field, value: unknown): FieldValue | undefined {
  switch (field.type) {
    case 'text':
    case 'keyword':
      return typeof value === 'string' ? normalizeKeyword(field, value) : undefined
    case 'integer':
      return convertValue(field, value) ?? readNumber(value)
    case 'float':
      return readNumber(value)
    case 'boolean':
      return value === 'true' ? true : value === 'false' ? false : convertValue(field, value)
    case 'date':
      return convertValue(field, typeof value === 'string' && EPOCH_MS.test(value) ? Number(value) : value)
    case 'object':
    case 'json':
      return undefined
  }
}

function readNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && NUMBER.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number + 0 : undefined
}

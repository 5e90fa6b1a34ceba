import { hasLoneSurrogate, utf8ByteLength } from '../utf8.ts'
import { EPOCH_MS_MAX, parseIsoDate } from './iso-date.ts'
import type { Field, FieldType, FieldValue } from './schema.ts'

/** Longest value of a keyword field; a longer one does not fit the field. */
export const KEYWORD_VALUE_BYTES_MAX = 4_096

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n
const INTEGER_TEXT = /^-?\d{1,19}$/

/** What a field of this type accepts, for error messages. */
export const EXPECTED: Readonly<Record<FieldType, string>> = {
  text: 'a string',
  keyword: `a string of at most ${KEYWORD_VALUE_BYTES_MAX} bytes`,
  integer: 'an integer from -(2^53 - 1) to 2^53 - 1, or a string of a 64-bit integer',
  float: 'a number',
  boolean: 'true or false',
  date: 'an ISO 8601 date or epoch milliseconds',
  object: 'an object',
  json: 'anything',
}

/**
 * Converts one JSON value that is neither null nor an array to what is indexed.
 *
 * @returns undefined if it does not fit the field
 */
export function convertValue(field: Field, value: unknown): FieldValue | undefined {
  switch (field.type) {
    case 'text':
      return typeof value === 'string' ? value : undefined
    case 'keyword':
      return typeof value === 'string' ? convertKeyword(field, value) : undefined
    case 'integer':
      return convertInteger(value)
    case 'float':
      // Adding 0 turns -0 into 0, so that equal numbers are one value.
      return typeof value === 'number' && Number.isFinite(value) ? value + 0 : undefined
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'date':
      return convertDate(value)
    case 'object':
    case 'json':
      return undefined
  }
}

/**
 * The form in which a keyword field, or the exact values of a text field, keep a
 * string. Lone surrogates become U+FFFD, as they would when written as UTF-8.
 */
export function normalizeKeyword(field: Field, value: string): string {
  const text = hasLoneSurrogate(value) ? value.replace(/\p{Surrogate}/gu, '\ufffd') : value
  return field.normalizer === 'lowercase' ? text.toLowerCase() : text
}

/** Names a value's type, and the value if it is short, for error messages. */
export function describeFound(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  switch (typeof value) {
    case 'object':
      return 'an object'
    case 'string':
      return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`
    case 'number':
    case 'boolean':
      return `the ${typeof value} ${value}`
    case 'undefined':
      return 'nothing'
    default:
      return `a ${typeof value}`
  }
}

function convertKeyword(field: Field, value: string): string | undefined {
  // A UTF-16 unit takes at most three bytes, so most lengths need no counting.
  const fits = value.length * 3 <= KEYWORD_VALUE_BYTES_MAX || utf8ByteLength(value) <= KEYWORD_VALUE_BYTES_MAX
  return fits ? normalizeKeyword(field, value) : undefined
}

function convertInteger(value: unknown): number | bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? value + 0 : undefined
  if (typeof value !== 'string' || !INTEGER_TEXT.test(value)) return undefined
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number + 0
  const big = BigInt(value)
  return big >= INT64_MIN && big <= INT64_MAX ? big : undefined
}

function convertDate(value: unknown): number | undefined {
  if (typeof value === 'string') return parseIsoDate(value)
  return Number.isSafeInteger(value) && Math.abs(value as number) <= EPOCH_MS_MAX ? (value as number) + 0 : undefined
}

import { SORT_KEYS_MAX } from '../../contract/limits.ts'
import { describeFound } from '../../describe-found.ts'
import { InvalidRequestError } from '../../errors.ts'
import { isAnalysed, kindOf } from '../../fields/kinds.ts'
import { quote } from '../../quote.ts'
import { fieldNotFound, findField, nearestField } from '../../schema/find-field.ts'
import type { Schema } from '../../schema/schema.ts'
import type { SortKey } from './clause.ts'

/**
 * Parses sort keys: `year` ascending, `-year` descending, `_score` descending, `id`, `-id`. Keys after an id are checked and
 * left out, because no two documents have the same id.
 *
 * @throws {InvalidRequestError} `invalid_sort`, `field_not_found`, or `field_not_sortable` for fields without a column
 */
export function parseSort(sort: readonly unknown[], schema: Schema): SortKey[] {
  if (!Array.isArray(sort)) throw invalidSort(`expected a list of fields, found ${describeFound(sort)}`)
  if (sort.length > SORT_KEYS_MAX) throw invalidSort(`at most ${SORT_KEYS_MAX} keys are allowed, found ${sort.length}`)
  const keys = sort.map((key) => parseKey(key, schema))
  const ids = keys.findIndex(({ kind }) => kind === 'id')
  return ids === -1 ? keys : keys.slice(0, ids + 1)
}

function parseKey(key: unknown, schema: Schema): SortKey {
  if (typeof key !== 'string' || key === '' || key === '-')
    throw invalidSort(`expected a field's name such as "year" or "-year", found ${describeFound(key)}`)
  if (key === '_score') return { kind: 'score' }
  if (key === '-_score') throw invalidSort('"_score" is descending already and cannot be ascending')
  // A field whose name begins with a minus takes precedence.
  const descending = key.startsWith('-') && findField(schema, key) === undefined
  const name = descending ? key.slice(1) : key
  if (name === 'id') return { kind: 'id', descending }
  const field = findField(schema, name)
  if (field === undefined) throw keyNotFound(schema, key, name)
  if (!field.column) {
    const why = isAnalysed(field) ? 'is text without a keyword column' : 'has no column'
    const remedy = 'column' in kindOf(field).options ? '; declare it with "column": true' : ''
    throw new InvalidRequestError('field_not_sortable', `sort: field ${quote(name)} ${why}${remedy}`, {
      details: { field: name },
    })
  }
  return { kind: 'field', field: field.number, descending }
}

/** Suggests how to write the orders of other search engines: `year:desc`, `year desc`, `+year`. */
function keyNotFound(schema: Schema, key: string, name: string): InvalidRequestError {
  const [, field = '', order = ''] = /^[+-]?(.+?)(?:[: ](asc|desc))?$/i.exec(key) ?? []
  const isField = field === '_score' || field === 'id' || findField(schema, field) !== undefined
  const sign = order.toLowerCase() === 'desc' && field !== '_score' ? '-' : ''
  const similar = isField ? sign + field : nearestField(schema, name, ['_score', 'id'])
  return fieldNotFound(schema, isField ? key : name, 'sort', similar)
}

function invalidSort(message: string): InvalidRequestError {
  return new InvalidRequestError('invalid_sort', `sort: ${message}`)
}

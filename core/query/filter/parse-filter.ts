import { FILTER_OPERATORS } from '../../contract/filter-operators.ts'
import { describeFound } from '../../describe-found.ts'
import type { Field } from '../../fields/field.ts'
import { kindOf } from '../../fields/kinds.ts'
import { isRecord, type JsonRecord } from '../../json-record.ts'
import { findNearestName } from '../../nearest-name.ts'
import { notSupported, PLANNED } from '../../planned.ts'
import { quote } from '../../quote.ts'
import { textOfId } from '../../schema/check-document.ts'
import type { Schema } from '../../schema/schema.ts'
import { narrowBounds } from '../language/bounds.ts'
import type { Filter } from '../language/clause.ts'
import { checkComparable, checkIndexed, findTarget, hasTarget, invalidFilter, readFilterValue } from './filter-field.ts'
import {
  checkDepth,
  type FilterAllowance,
  filterAllowance,
  listOf,
  type Place,
  spend,
  spendIfEmpty,
  within,
} from './filter-place.ts'

const BOUNDS = ['gt', 'gte', 'lt', 'lte'] as const

const EVERYTHING: Filter = { kind: 'and', filters: [] }
const NOTHING: Filter = { kind: 'or', filters: [] }

/**
 * Parses a filter, resolves its fields and converts its values to the types of the fields.
 * All members of an object must hold; `{}` accepts every document.
 *
 * @param left the allowance that all filters of one request share
 * @throws {InvalidRequestError} names the place: `invalid_filter`, `field_not_found`, `field_not_indexed`,
 *   `field_not_filterable` (no column), `not_supported` (geo)
 * @throws {LimitExceededError} `filter_too_large`, `filter_too_deep`
 */
export function parseFilter(filter: unknown, schema: Schema, left: FilterAllowance = filterAllowance()): Filter {
  return parseObject(filter, { schema, where: 'filter', depth: 0, left })
}

function parseObject(filter: unknown, place: Place): Filter {
  if (!isRecord(filter)) throw invalidFilter(place.where, `expected an object, found ${describeFound(filter)}`)
  checkDepth(place)
  spendIfEmpty(Object.keys(filter), place)
  const named = readNamedField(filter)
  if (named !== undefined) return parseField(named.name, named.operators, within(place, `.${named.name}`))
  return allOf(Object.entries(filter).map(([member, value]) => parseMember(member, value, within(place, `.${member}`))))
}

/** Reads `{ "field": "not", "eq": 1 }`, a way to name a field whose name is also an operator. */
function readNamedField(filter: JsonRecord): { readonly name: string; readonly operators: JsonRecord } | undefined {
  const { field: name, ...operators } = filter
  const members = Object.keys(operators)
  const isNamed =
    typeof name === 'string' && members.length > 0 && members.every((member) => FILTER_OPERATORS.includes(member))
  return isNamed ? { name, operators } : undefined
}

function parseMember(member: string, value: unknown, place: Place): Filter {
  switch (member) {
    case 'and':
    case 'or': {
      if (!Array.isArray(value))
        throw invalidFilter(place.where, `expected a list of filters, found ${describeFound(value)}`)
      spendIfEmpty(value, place)
      const filters = value.map((part, i) => parseObject(part, within(place, `[${i}]`)))
      return { kind: member, filters: withoutRepeated(filters) }
    }
    case 'not':
      return { kind: 'not', filter: parseObject(value, place) }
    default:
      return parseField(member, value, place)
  }
}

function parseField(name: string, value: unknown, place: Place): Filter {
  refusePlannedOperators(name, value, place)
  const target = findTarget(place.schema, name, place.where)
  if (target.kind === 'field') return parseConditions(target.field, value, place)
  if (target.kind === 'id') return parseIds(value, place)
  const exists = parseExistence(value)
  if (exists !== undefined && !target.leaves.some((leaf) => leaf.name === `${name}.exists`)) {
    const indexed = target.leaves.filter((leaf) => leaf.index)
    spend(place, indexed.length)
    const filter: Filter = { kind: 'or', filters: indexed.map(({ number }) => ({ kind: 'exists', field: number })) }
    return exists ? filter : { kind: 'not', filter }
  }
  if (!isRecord(value)) {
    const example = target.leaves[0] === undefined ? '' : `, such as ${quote(target.leaves[0].name)}`
    throw invalidFilter(place.where, `${quote(name)} is an object, expected a field in it${example}`)
  }
  checkDepth(place)
  spendIfEmpty(Object.keys(value), place)
  return allOf(
    Object.entries(value).map(([member, inner]) => parseField(`${name}.${member}`, inner, within(place, `.${member}`))),
  )
}

/** @returns true if the condition only requires a value to exist, false if to be missing, undefined for other conditions */
function parseExistence(value: unknown): boolean | undefined {
  if (value === null) return false
  if (!isRecord(value) || Object.keys(value).length !== 1) return undefined
  if (typeof value.exists === 'boolean') return value.exists
  return value.eq === null ? false : value.ne === null ? true : undefined
}

function parseConditions(field: Field, value: unknown, place: Place): Filter {
  if (Array.isArray(value)) return parseIn(field, value, place)
  if (!isRecord(value)) return parseEqual(field, value, place)
  const operators = Object.keys(value)
  for (const operator of operators) checkOperator(operator, place)
  if (operators.length === 0) throw invalidFilter(place.where, `expected an operator of ${FILTER_OPERATORS.join(', ')}`)
  const bounds = BOUNDS.filter((side) => value[side] !== undefined)
  const filters = operators
    .filter((operator) => !BOUNDS.some((side) => side === operator))
    .map((operator) => parseOperator(field, operator, value[operator], within(place, `.${operator}`)))
  if (bounds.length > 0)
    filters.push(parseRange(field, Object.fromEntries(bounds.map((side) => [side, value[side]])), place))
  return allOf(filters)
}

function parseOperator(field: Field, operator: string, value: unknown, place: Place): Filter {
  switch (operator) {
    case 'eq':
      return parseEqual(field, value, place)
    case 'ne':
      return { kind: 'not', filter: parseEqual(field, value, place) }
    case 'in':
      return parseIn(field, listOf(value, place), place)
    case 'nin':
      return { kind: 'not', filter: parseIn(field, listOf(value, place), place) }
    case 'between': {
      const ends = listOf(value, place)
      if (ends.length !== 2) throw invalidFilter(place.where, `expected a list of two values, found ${ends.length}`)
      return parseRange(field, { gte: ends[0], lte: ends[1] }, place)
    }
    case 'exists':
      if (typeof value !== 'boolean')
        throw invalidFilter(place.where, `expected true or false, found ${describeFound(value)}`)
      return value ? parseExists(field, place) : { kind: 'not', filter: parseExists(field, place) }
    case 'prefix':
      return parsePrefix(field, value, place)
    default:
      return parseContainsAll(field, listOf(value, place), place)
  }
}

function parseEqual(field: Field, value: unknown, place: Place): Filter {
  if (value === null) return { kind: 'not', filter: parseExists(field, place) }
  checkComparable(field, place.where)
  spend(place, 1)
  return { kind: 'in', field: field.number, values: [readFilterValue(field, value, place.where)] }
}

/** A null in the list accepts documents without a value. */
function parseIn(field: Field, list: readonly unknown[], place: Place): Filter {
  checkComparable(field, place.where)
  spend(place, list.length)
  const values = list.filter((value) => value !== null).map((value) => readFilterValue(field, value, place.where))
  const among: Filter = values.length === 0 ? NOTHING : { kind: 'in', field: field.number, values }
  if (values.length === list.length) return among
  return { kind: 'or', filters: [among, { kind: 'not', filter: parseExists(field, place) }] }
}

function parseContainsAll(field: Field, list: readonly unknown[], place: Place): Filter {
  checkComparable(field, place.where)
  spend(place, list.length)
  const values = list.map((value) => readFilterValue(field, value, place.where))
  return values.length === 0 ? EVERYTHING : { kind: 'contains_all', field: field.number, values }
}

function parseRange(field: Field, bounds: JsonRecord, place: Place): Filter {
  checkComparable(field, place.where)
  spend(place, 1)
  const values = Object.entries(bounds).map(([side, value]) => [
    side,
    readFilterValue(field, value, `${place.where}.${side}`),
  ])
  const narrowed = narrowBounds(Object.fromEntries(values))
  return narrowed === undefined ? NOTHING : { kind: 'range', field: field.number, bounds: narrowed }
}

function parsePrefix(field: Field, value: unknown, place: Place): Filter {
  if (kindOf(field).words === 'none') {
    throw invalidFilter(
      place.where,
      `prefixes need a keyword column, field ${quote(field.name)} is of type ${field.type}`,
    )
  }
  checkComparable(field, place.where)
  spend(place, 1)
  return { kind: 'prefix', field: field.number, prefix: String(readFilterValue(field, value, place.where)) }
}

function parseExists(field: Field, place: Place): Filter {
  checkIndexed(field, place.where)
  spend(place, 1)
  return { kind: 'exists', field: field.number }
}

/** Parses conditions on document ids. Every document has an id. */
function parseIds(value: unknown, place: Place): Filter {
  const exists = parseExistence(value)
  if (exists !== undefined) return exists ? EVERYTHING : NOTHING
  const conditions = isRecord(value) ? value : { [Array.isArray(value) ? 'in' : 'eq']: value }
  return allOf(
    Object.entries(conditions).map(([operator, operand]): Filter => {
      const at = within(place, `.${operator}`)
      if (operator !== 'eq' && operator !== 'ne' && operator !== 'in' && operator !== 'nin') {
        throw invalidFilter(at.where, 'ids can be filtered by eq, ne, in and nin; for others declare "id" as keyword')
      }
      const ids = operator === 'eq' || operator === 'ne' ? [operand] : listOf(operand, at)
      spend(at, ids.length)
      const filter: Filter = { kind: 'ids', ids: ids.map((id) => readId(id, at)) }
      return operator === 'eq' || operator === 'in' ? filter : { kind: 'not', filter }
    }),
  )
}

function readId(given: unknown, place: Place): string {
  const id = textOfId(given)
  if (typeof id === 'string') return id
  throw invalidFilter(place.where, `expected an id to be a string or an integer, found ${describeFound(id)}`)
}

/** Refuses the operators of a later version, whatever kind of field they need. A field of an object may have their names. */
function refusePlannedOperators(name: string, value: unknown, place: Place): void {
  if (!isRecord(value)) return
  for (const [operator, purpose] of Object.entries(PLANNED.filterOperators)) {
    if (!Object.hasOwn(value, operator) || hasTarget(place.schema, `${name}.${operator}`)) continue
    throw notSupported(`${place.where}: "${operator}" (${purpose})`, { path: place.where })
  }
}

function checkOperator(operator: string, place: Place): void {
  if (FILTER_OPERATORS.includes(operator)) return
  const similar = findNearestName(operator.replace(/^\$/, ''), FILTER_OPERATORS)
  const hint =
    similar === undefined ? `expected one of ${FILTER_OPERATORS.join(', ')}` : `did you mean ${quote(similar)}?`
  throw invalidFilter(place.where, `unknown operator ${quote(operator)}, ${hint}`)
}

/** Drops repeated conditions, so that each is evaluated once. */
function withoutRepeated(filters: readonly Filter[]): Filter[] {
  const known = new Set<string>()
  return filters.filter((filter) => {
    if (filter.kind === 'and' || filter.kind === 'or' || filter.kind === 'not') return true
    const before = known.size
    return known.add(conditionKey(filter)).size > before
  })
}

function conditionKey(filter: Filter): string {
  return JSON.stringify(filter, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}

function allOf(filters: readonly Filter[]): Filter {
  return filters.length === 1 ? filters[0]! : { kind: 'and', filters }
}

import { InvalidRequestError, LimitExceededError, type PrismError } from '../errors.ts'
import { isRecord } from '../json-record.ts'
import { findNearestName } from '../nearest-name.ts'
import { isPlanned, notSupported } from '../planned.ts'
import { quote } from '../quote.ts'
import { type Issue, type Shape, toJsonSchema, type UnionIssue } from './shape.ts'

type Path = readonly PropertyKey[]

/**
 * Checks a value against a shape, strictly: converts nothing and refuses unknown members. Undefined members count as
 * absent.
 *
 * @param where names the value in messages: `the search request`
 * @throws {InvalidRequestError} naming the path, what was expected and what was found
 * @throws {LimitExceededError} if a number or the length of a list exceeds its maximum
 */
export function readShape<T>(shape: Shape<T>, value: unknown, where: string): T {
  const read = shape.safeParse(isRecord(value) ? withoutUndefined(value) : value)
  if (read.success) return read.data
  throw explain(mostTelling(read.error.issues), [], { shape, value, where })
}

/** An unknown member before a missing one, because it is often the same member, misspelt. */
function mostTelling(issues: readonly Issue[]): Issue {
  return issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]!
}

/** Removes undefined members, which callers in JavaScript may use for absent ones. */
function withoutUndefined(value: Readonly<Record<string, unknown>>): object {
  if (Object.values(value).every((member) => member !== undefined)) return value
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))
}

/** The checked value and its shape, for messages. */
type Checked = { readonly shape: Shape<unknown>; readonly value: unknown; readonly where: string }

function explain(issue: Issue, prefix: Path, checked: Checked): PrismError {
  const path = [...prefix, ...issue.path]
  if (issue.code === 'invalid_union') return explainUnion(issue, path, checked)
  if (issue.code === 'unrecognized_keys') return unknownField(issue.keys, path, checked)
  if (issue.code !== 'too_big') return misfit(expectedBy(issue), path, checked)
  const { message, details } = misfit(expectedBy(issue), path, checked)
  return new LimitExceededError('limit_exceeded', message, { details: { ...details, maximum: Number(issue.maximum) } })
}

function misfit(
  expected: string,
  path: Path,
  checked: Checked,
  found = describeValue(valueAt(checked.value, path)),
): InvalidRequestError {
  const subject = path.length === 0 ? checked.where : formatPath(path)
  const details = { path: formatPath(path), expected, found }
  return new InvalidRequestError('invalid_request', `${subject}: expected ${expected}, got ${found}`, { details })
}

/**
 * Explains a misspelt member, or what all alternatives of the value's type miss, or the alternative that fits best:
 * preferably one that has all members of the value.
 */
function explainUnion(issue: UnionIssue, path: Path, checked: Checked): PrismError {
  const ofType = issue.errors.filter((issues) =>
    issues.every((one) => one.code !== 'invalid_type' || one.path.length > 0),
  )
  const names = namesAt(toJsonSchema(checked.shape), path)
  const misspelt = ofType
    .flatMap((issues) => issues.flatMap((one) => (one.code === 'unrecognized_keys' ? one.keys : [])))
    .find((key) => !names.includes(key) && (isPlanned('members', key) || findNearestName(key, names) !== undefined))
  if (misspelt !== undefined) return unknownField([misspelt], path, checked)
  const value = valueAt(checked.value, path)
  const missing = ofType.map((issues) => issues.find((one) => one.path.length === 1 && isMissing(value, one.path[0]!)))
  if (missing.length > 1 && missing.every((one) => one !== undefined)) {
    const expected = `an object with ${missing.map((one) => quote(String(one.path[0]))).join(' or ')}`
    return misfit(expected, path, checked, describeMembers(value as object))
  }
  const alternatives = issue.errors.flatMap((issues) => issues.slice(0, 1))
  if (alternatives.every(({ code, path: at }) => isOfOtherValue(code) && at.length === 0)) {
    return misfit(expectedByAny(alternatives), path, checked)
  }
  const fitting = ofType.find((issues) => issues.every((one) => one.code !== 'unrecognized_keys')) ?? ofType[0]
  if (fitting?.[0]) return explain(mostTelling(fitting), path, checked)
  return misfit(expectedByAny(alternatives), path, checked)
}

function isOfOtherValue(code: Issue['code']): boolean {
  return code === 'invalid_type' || code === 'invalid_value'
}

/** The values of all alternatives in one list, and their types. */
function expectedByAny(alternatives: readonly Issue[]): string {
  const values = alternatives.flatMap((issue) => (issue.code === 'invalid_value' ? issue.values : []))
  const types = alternatives.filter(({ code }) => code !== 'invalid_value').map(expectedBy)
  return [...new Set([...(values.length === 0 ? [] : [oneOf(values)]), ...types])].join(' or ')
}

function oneOf(values: readonly unknown[]): string {
  return `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`
}

function unknownField(keys: readonly string[], path: Path, checked: Checked): PrismError {
  const planned = keys.find((key) => isPlanned('members', key))
  if (planned !== undefined) throw notSupported(planned, { path: formatPath([...path, planned]) })
  const key = keys[0]!
  const names = namesAt(toJsonSchema(checked.shape), path)
  const place = path.length === 0 ? checked.where : formatPath(path)
  if (names.includes(key)) return excluded(key, place, path)
  const nearest = findNearestName(key, names)
  const allowed = names.length === 0 ? '' : `; the fields are ${names.join(', ')}`
  const hint = nearest === undefined ? allowed : `; did you mean "${nearest}"?`
  const details = { path: formatPath([...path, key]), found: key, ...(nearest !== undefined && { similar: nearest }) }
  return new InvalidRequestError('unknown_field', `unknown field ${quote(key)} in ${place}${hint}`, { details })
}

/** The error for a member of one alternative next to those of another. */
function excluded(key: string, place: string, path: Path): InvalidRequestError {
  const message = `${place}: ${quote(key)} does not go with the other members`
  return new InvalidRequestError('invalid_request', message, { details: { path: formatPath([...path, key]) } })
}

/** The names of the properties that a JSON Schema allows at a path. */
function namesAt(schema: Record<string, unknown>, path: Path): string[] {
  const alternatives = (schema.anyOf ?? []) as Record<string, unknown>[]
  const here = alternatives.flatMap((alternative) => namesAt(alternative, path))
  const properties = (schema.properties ?? {}) as Record<string, Record<string, unknown>>
  const [key, ...rest] = path
  if (key === undefined) return [...here, ...Object.keys(properties)]
  const next = typeof key === 'number' ? (schema.items as Record<string, unknown> | undefined) : properties[String(key)]
  return next === undefined ? here : [...here, ...namesAt(next, rest)]
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
}

function expectedBy(issue: Issue): string {
  if (issue.code === 'invalid_type') return TYPE_NAMES[issue.expected] ?? issue.expected
  if (issue.code === 'invalid_value') return oneOf(issue.values)
  if (issue.code === 'too_big') return `at most ${countOf(issue.maximum, issue.origin)}`
  if (issue.code === 'too_small') return `at least ${countOf(issue.minimum, issue.origin)}`
  if (issue.code === 'custom') return String(issue.params?.expected ?? 'another value')
  return issue.message
}

function countOf(count: number | bigint, origin: string): string {
  const unit = origin === 'array' ? 'item' : origin === 'string' ? 'character' : undefined
  if (unit === undefined) return String(count)
  return `${count} ${unit}${Number(count) === 1 ? '' : 's'}`
}

function isMissing(value: unknown, key: PropertyKey): boolean {
  return isRecord(value) && value[String(key)] === undefined
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  return value
}

const SHOWN_CHARACTERS_MAX = 40

/** Describes a JSON value briefly: `the string "abc"`, `an object`. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object') return describeObject(value)
  if (typeof value === 'function' || typeof value === 'bigint' || typeof value === 'symbol') return `a ${typeof value}`
  if (typeof value !== 'string') return String(value)
  const shown = value.length > SHOWN_CHARACTERS_MAX ? `${value.slice(0, SHOWN_CHARACTERS_MAX)}…` : value
  return `the string ${quote(shown)}`
}

/** Names the class of an object that is no JSON object: `a Date`. */
function describeObject(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value)
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null
  return isPlain ? 'an object' : `a ${value.constructor?.name ?? 'special object'}`
}

const SHOWN_MEMBERS_MAX = 3

/** Describes an object by its first members: `an object with "id", "title"`. */
function describeMembers(value: object): string {
  const names = Object.keys(value)
  if (names.length === 0) return 'an empty object'
  const shown = names.slice(0, SHOWN_MEMBERS_MAX).map((name) => quote(name.slice(0, SHOWN_CHARACTERS_MAX)))
  return `an object with ${shown.join(', ')}${names.length > SHOWN_MEMBERS_MAX ? ', …' : ''}`
}

/** Formats a path for people: `searches[2].filter`. Empty for the root. */
function formatPath(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')
}

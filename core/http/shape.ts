import {
  array,
  boolean,
  type core,
  custom,
  int,
  literal,
  number,
  object,
  type output,
  preprocess,
  strictObject,
  string,
  toJSONSchema,
  union,
  unknown,
  type ZodType,
  enum as zodEnum,
} from 'zod'
import { InvalidRequestError, LimitExceededError, type PrismError } from '../errors.ts'
import { findNearestName } from '../nearest-name.ts'
import { quote } from '../quote.ts'

/**
 * The one door to zod: contract.ts and answers.ts declare shapes with it,
 * everyone else only reads values by them. Name by name, so that bundles leave
 * out the rest of zod, its messages in fifty languages above all.
 */
export const z = {
  array,
  boolean,
  custom,
  enum: zodEnum,
  int,
  list,
  literal,
  number,
  object,
  strictObject,
  string,
  union,
  unknown,
}

/** How many items a list has. A list without a largest size does not exist. */
export type ListSize = { readonly min?: number; readonly max: number }

/** A list whose length is checked before its items are looked at, so that a huge one costs nothing. */
function list<Item extends ZodType>(item: Item, { min = 0, max }: ListSize) {
  const items = array(item).max(max)
  return preprocess(
    (value, { issues }) => {
      if (Array.isArray(value) && value.length > max) {
        issues.push({ code: 'too_big', origin: 'array', maximum: max, inclusive: true, input: value })
      }
      return value
    },
    min === 0 ? items : items.min(min),
  )
}

/** A declared JSON shape that values are read by and that OpenAPI describes. */
export type Shape<T> = ZodType<T>

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Declares a shape of a type that is written by hand elsewhere: a shape that
 * says anything else does not compile.
 */
export function exactly<T>() {
  return <S extends Shape<unknown>>(
    shape: S & (Same<Plain<output<S>>, Plain<T>> extends true ? unknown : never),
  ): Shape<T> => shape as unknown as Shape<T>
}

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false
/** A type without `readonly`, which shapes cannot say. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<T[Key]> }
    : T

type Issue = core.$ZodIssue
type Path = readonly PropertyKey[]

/**
 * Reads a value by its shape, strictly: nothing is converted, nothing unknown is let through.
 *
 * @param where names the value in messages: `the search request`
 * @throws {InvalidRequestError} naming the path, what was expected there and what was found
 * @throws {LimitExceededError} where a number or a list is over its maximum
 */
export function readShape<T>(shape: Shape<T>, value: unknown, where: string): T {
  const read = shape.safeParse(value)
  if (read.success) return read.data
  throw explain(read.error.issues[0]!, [], { shape, value, where })
}

/** JSON Schema (draft 2020-12, as OpenAPI 3.1 has it) of a shape. */
export function toJsonSchema(shape: Shape<unknown>): Record<string, unknown> {
  const { $schema: _, ...schema } = toJSONSchema(shape, { unrepresentable: 'any', io: 'input' })
  return schema
}

/** What was read by which shape, for messages. */
type Blame = { readonly shape: Shape<unknown>; readonly value: unknown; readonly where: string }

function explain(issue: Issue, prefix: Path, blame: Blame): PrismError {
  const path = [...prefix, ...issue.path]
  if (issue.code === 'invalid_union') return explainUnion(issue, path, blame)
  if (issue.code === 'unrecognized_keys') return unknownField(issue.keys, path, blame)
  if (issue.code !== 'too_big') return misfit(expectedBy(issue), path, blame)
  const { message, details } = misfit(expectedBy(issue), path, blame)
  return new LimitExceededError('limit_exceeded', message, { details: { ...details, maximum: Number(issue.maximum) } })
}

function misfit(expected: string, path: Path, blame: Blame): InvalidRequestError {
  const found = describeValue(valueAt(blame.value, path))
  const subject = path.length === 0 ? blame.where : formatPath(path)
  const details = { path: formatPath(path), expected, found }
  return new InvalidRequestError('invalid_request', `${subject}: expected ${expected}, got ${found}`, { details })
}

/** Blames the alternative that fits best: one of the value's own type, if possible one that knows all of its members. */
function explainUnion(issue: core.$ZodIssueInvalidUnion, path: Path, blame: Blame): PrismError {
  const ofType = issue.errors.filter((issues) =>
    issues.every((one) => one.code !== 'invalid_type' || one.path.length > 0),
  )
  const fitting = ofType.find((issues) => issues.every((one) => one.code !== 'unrecognized_keys')) ?? ofType[0]
  const first = fitting && (fitting.find((one) => one.code === 'unrecognized_keys') ?? fitting[0])
  if (first) return explain(first, path, blame)
  const expected = [...new Set(issue.errors.flatMap((issues) => issues.slice(0, 1).map(expectedBy)))].join(' or ')
  return misfit(expected, path, blame)
}

function unknownField(keys: readonly string[], path: Path, blame: Blame): PrismError {
  const key = keys[0]!
  const nearest = findNearestName(key, namesAt(toJsonSchema(blame.shape), path))
  const place = path.length === 0 ? blame.where : formatPath(path)
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`
  const details = { path: formatPath([...path, key]), expected: 'no such field', found: key }
  return new InvalidRequestError('unknown_field', `unknown field ${quote(key)} in ${place}${hint}`, { details })
}

/** Names of the properties that a JSON Schema allows at a path. */
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
  if (issue.code === 'invalid_value') return `one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}`
  if (issue.code === 'too_big') return `at most ${issue.maximum}${unitOf(issue.origin)}`
  if (issue.code === 'too_small') return `at least ${issue.minimum}${unitOf(issue.origin)}`
  if (issue.code === 'custom') return String(issue.params?.expected ?? 'another value')
  return issue.message
}

function unitOf(origin: string): string {
  if (origin === 'array') return ' items'
  return origin === 'string' ? ' characters' : ''
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

/** Says what a JSON value is, shortly: `a string "abc"`, `an object`. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object') return 'an object'
  if (typeof value !== 'string') return String(value)
  const shown = value.length > SHOWN_CHARACTERS_MAX ? `${value.slice(0, SHOWN_CHARACTERS_MAX)}…` : value
  return `the string ${quote(shown)}`
}

/** Writes a path as people do: `searches[2].filter`. Empty for the root. */
function formatPath(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')
}

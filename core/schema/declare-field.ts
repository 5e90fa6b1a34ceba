import { isLanguage, LANGUAGES } from '../analysis/languages.ts'
import { InvalidRequestError } from '../errors.ts'
import { describeFound } from './convert-value.ts'
import { findSimilar } from './find-field.ts'
import type { Field, FieldType } from './schema.ts'

/** All of a field but its number, which the collection gives it. */
export type FieldOptions = Omit<Field, 'number'>

/** The options that a declaration gives explicitly, with the type. */
export type GivenOptions = { readonly name: string; readonly type: FieldType } & Partial<FieldOptions>

const TYPES: readonly FieldType[] = ['text', 'keyword', 'integer', 'float', 'boolean', 'date', 'object', 'json']
const PLANNED_TYPES: readonly string[] = ['vector', 'geo_point']

const NUMERIC_OPTIONS = ['index', 'column', 'dynamic']
const OPTIONS: Readonly<Record<FieldType, readonly string[]>> = {
  text: ['index', 'column', 'dynamic', 'language', 'analyzer', 'stop_words', 'k1', 'b'],
  keyword: ['index', 'column', 'dynamic', 'normalizer'],
  integer: NUMERIC_OPTIONS,
  float: NUMERIC_OPTIONS,
  boolean: NUMERIC_OPTIONS,
  date: NUMERIC_OPTIONS,
  object: ['fields'],
  json: [],
}

/** Term frequency saturation: 0 ignores how often a term occurs; usually 1.2 to 2. */
const K1_DEFAULT = 1.2
/** Length normalisation: 0 none, 1 full. */
const B_DEFAULT = 0.75
const K1_MAX = 1_000

/**
 * Reads one field's declaration; what `fields` of an object holds is the caller's.
 *
 * @throws {InvalidRequestError} naming field, what was expected, and what was found
 */
export function parseField(name: string, declaration: unknown): GivenOptions {
  if (typeof declaration === 'string') return { name, type: parseType(name, declaration) }
  if (!isRecord(declaration)) throw invalidField(name, 'expected a type or an object with "type"', declaration)
  const type = parseType(name, declaration.type ?? (declaration.fields === undefined ? undefined : 'object'))
  const given: { -readonly [K in keyof Field]?: Field[K] } = {}
  for (const [option, value] of Object.entries(declaration)) {
    if (option === 'type' || option === 'fields' || value === undefined) continue
    if (!OPTIONS[type].includes(option)) {
      const known = OPTIONS[type].length === 0 ? 'none' : OPTIONS[type].join(', ')
      throw invalidField(name, `${type} fields have no option ${JSON.stringify(option)} (options: ${known})`)
    }
    parseOption(given, name, option, value)
  }
  if (declaration.language !== undefined && declaration.analyzer !== undefined) {
    throw invalidField(name, '"analyzer" is another name for "language", expected one of them')
  }
  if (type === 'text' && given.column !== undefined) given.keywords = given.column
  return { ...given, name, type }
}

/** Fills in the defaults of a field of that type. */
export function completeField(given: GivenOptions): FieldOptions {
  const { type } = given
  const stored = type === 'object' || type === 'json'
  const index = !stored && (given.index ?? true)
  const column = index && (given.column ?? type !== 'text')
  return {
    name: given.name,
    type,
    index,
    column,
    keywords: type === 'text' && column,
    dynamic: given.dynamic ?? false,
    language: given.language ?? 'english',
    stopWords: given.stopWords ?? 'query',
    k1: given.k1 ?? K1_DEFAULT,
    b: given.b ?? B_DEFAULT,
    normalizer: given.normalizer ?? 'none',
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseType(name: string, type: unknown): FieldType {
  const known = TYPES.find((candidate) => candidate === type)
  if (known !== undefined) return known
  if (typeof type === 'string' && PLANNED_TYPES.includes(type)) {
    throw new InvalidRequestError('not_supported', `field ${JSON.stringify(name)}: type ${type} is not supported yet`, {
      details: { field: name },
    })
  }
  const hint =
    type === 'string' ? ' (strings are text or keyword)' : type === 'number' ? ' (numbers are integer or float)' : ''
  throw invalidField(name, `expected a type of ${TYPES.join(', ')}${hint}`, type)
}

function parseOption(given: { -readonly [K in keyof Field]?: Field[K] }, name: string, option: string, value: unknown) {
  switch (option) {
    case 'index':
    case 'column':
    case 'dynamic':
      if (typeof value !== 'boolean') throw invalidField(name, `expected "${option}" to be true or false`, value)
      given[option] = value
      break
    case 'language':
    case 'analyzer':
      given.language = parseLanguage(name, option, value)
      break
    case 'stop_words':
      given.stopWords = oneOf(name, option, value, ['query', 'index', 'none'])
      break
    case 'normalizer':
      given.normalizer = oneOf(name, option, value, ['none', 'lowercase'])
      break
    case 'k1':
    case 'b':
      given[option] = inRange(name, option, value, option === 'b' ? 1 : K1_MAX)
      break
  }
}

function parseLanguage(name: string, option: string, value: unknown): string {
  const language = option === 'analyzer' && value === 'standard' ? 'none' : value
  if (typeof language === 'string' && isLanguage(language)) return language
  const similar = typeof language === 'string' ? findSimilar(language, LANGUAGES) : undefined
  const hint = similar === undefined ? `one of ${LANGUAGES.join(', ')}` : `a known one; did you mean ${similar}?`
  throw invalidField(name, `expected "${option}" to be ${hint}`, value)
}

function oneOf<const T extends string>(name: string, option: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value)
  if (found === undefined) throw invalidField(name, `expected "${option}" to be one of ${allowed.join(', ')}`, value)
  return found
}

function inRange(name: string, option: string, value: unknown, max: number): number {
  if (typeof value === 'number' && value >= 0 && value <= max) return value
  throw invalidField(name, `expected "${option}" to be a number from 0 to ${max}`, value)
}

/** The error for a declaration that cannot be right; `found` is shown when it is given. */
export function invalidField(name: string, expected: string, ...found: unknown[]): InvalidRequestError {
  const shown = found.length === 0 ? '' : `, found ${describeFound(found[0])}`
  return new InvalidRequestError('invalid_schema', `field ${JSON.stringify(name)}: ${expected}${shown}`, {
    details: { field: name, expected },
  })
}

import type { Token } from '../../analysis/text-analyzer.ts'
import type { Fuzziness } from '../../contract/search-request.ts'
import { codePointsOf } from '../../edit-distance.ts'
import { InvalidRequestError } from '../../errors.ts'
import type { Field, FieldValue } from '../../fields/field.ts'
import { normalizeKeyword } from '../../fields/keyword.ts'
import { hasKeywords, isAnalysed, kindOf } from '../../fields/kinds.ts'
import { quote } from '../../quote.ts'
import { narrowBounds } from './bounds.ts'
import type { Clause, WordPattern } from './clause.ts'
import type { PatternPart, TextBounds } from './query-syntax.ts'
import type { QueryWords } from './query-words.ts'
import { checkPhraseLength, VARIANTS_MAX } from './word-budget.ts'

/** A field to search for a part of a query, and the user's `boost` for the field. */
export type SearchedField = { readonly field: Field; readonly boost: number }

/** How to search for one word. */
export type WordOptions = { readonly fuzziness: Fuzziness; readonly dropStopWords: boolean }

/** The longest words for which `auto` allows no edit, and one edit. Longer words may have two. As in Elasticsearch. */
const AUTO_EXACT_LENGTH = 2
const AUTO_ONE_EDIT_LENGTH = 5

/**
 * Resolves one word in one field; undefined if analysis leaves no token. A word that the analyzer splits, such as `wi-fi`,
 * becomes a phrase.
 */
export function resolveWord(
  { field, boost }: SearchedField,
  word: { readonly text: string; readonly at: number },
  { words, fuzziness, dropStopWords }: WordOptions & { readonly words: QueryWords },
): Clause | undefined {
  if (!isAnalysed(field)) return resolveValue({ field, boost }, word)
  const tokens = words.indexedTokens(field, word.text)
  if (tokens.length === 1) return resolveToken({ field, boost }, tokens[0]!, { fuzziness, dropStopWords })
  return phraseOf({ field, boost }, tokens, 0)
}

/** Resolves one token in one text field; undefined if the token is a stop word that the query drops. */
export function resolveToken(
  { field, boost }: SearchedField,
  token: Token,
  { fuzziness, dropStopWords }: WordOptions,
): Clause | undefined {
  if (token.stopWord && (field.stopWords === 'index' || (field.stopWords === 'query' && dropStopWords)))
    return undefined
  const distance = editsOf(fuzziness, token.form)
  if (distance === 0) return { kind: 'term', field: field.number, term: token.term, boost }
  return { kind: 'fuzzy', field: field.number, form: token.form, distance, variants: VARIANTS_MAX, boost }
}

/** Resolves a phrase in one field; undefined if analysis leaves no token. */
export function resolvePhrase(
  { field, boost }: SearchedField,
  phrase: { readonly text: string; readonly slop: number; readonly at: number },
  words: QueryWords,
): Clause | undefined {
  if (!isAnalysed(field)) return resolveValue({ field, boost }, phrase)
  return phraseOf({ field, boost }, words.indexedTokens(field, phrase.text), phrase.slop)
}

/**
 * Resolves a prefix or wildcard pattern in one field.
 *
 * @throws {InvalidRequestError} if the field has neither words nor keywords
 */
export function resolvePattern(
  { field, boost }: SearchedField,
  { parts, at }: { readonly parts: readonly PatternPart[]; readonly at: number },
  words: QueryWords,
): Clause {
  const { words: kind } = kindOf(field)
  if (kind === 'none') {
    throw cannotCompare(field, 'prefixes and wildcards need a text or keyword field', at)
  }
  const normalize = (text: string) => {
    return kind === 'analysed' ? words.normalize(field, text) : normalizeKeyword(field, text)
  }
  const lane = kind === 'analysed' ? 'text' : 'keyword'
  return { kind: 'pattern', field: field.number, lane, pattern: wordPattern(parts, normalize), boost }
}

/**
 * Resolves a range of values of one field. The range matches nothing if no value can be within the bounds.
 *
 * @throws {InvalidRequestError} if values of the field cannot be compared, or a bound does not fit the field's type
 */
export function resolveRange({ field, boost }: SearchedField, bounds: TextBounds, at: number): Clause {
  checkComparable(field, at)
  const values = Object.fromEntries(
    Object.entries(bounds).map(([side, text]): [string, FieldValue] => [side, operandOf(field, text, at)]),
  )
  const narrowed = narrowBounds(values)
  return narrowed === undefined ? { kind: 'none' } : { kind: 'range', field: field.number, bounds: narrowed, boost }
}

/** Makes a prefix or a wildcard pattern, with normalized literal text. */
export function wordPattern(parts: readonly PatternPart[], normalize: (text: string) => string): WordPattern {
  const [first, second] = parts
  if (parts.length === 2 && first!.kind === 'literal' && second!.kind === '*') {
    return { kind: 'prefix', prefix: normalize(first!.text) }
  }
  return {
    kind: 'wildcard',
    parts: parts.map((part) => (part.kind === 'literal' ? normalize(part.text) : part.kind)),
    literal: parts.map((part) => part.kind === 'literal'),
  }
}

/** The error for a query of a field that is only stored. */
export function fieldNotIndexed(field: Field, where: string): InvalidRequestError {
  return new InvalidRequestError('field_not_indexed', `${where}: field ${quote(field.name)} is not indexed`, {
    details: { field: field.name },
  })
}

/** Resolves an exact value: keywords are found in their dictionary, other values in their column. */
function resolveValue(
  { field, boost }: SearchedField,
  { text, at }: { readonly text: string; readonly at: number },
): Clause {
  if (kindOf(field).words === 'whole') {
    return { kind: 'keyword', field: field.number, value: normalizeKeyword(field, text), boost }
  }
  checkComparable(field, at)
  const value = operandOf(field, text, at)
  return { kind: 'range', field: field.number, bounds: { gte: value, lte: value }, boost }
}

function checkComparable(field: Field, at: number): void {
  if (field.column || hasKeywords(field)) return
  throw cannotCompare(
    field,
    isAnalysed(field) ? 'a range needs exact values, declare it with "column": true' : 'it has no column',
    at,
  )
}

function operandOf(field: Field, text: string, at: number): FieldValue {
  const { operand, readOperand } = kindOf(field)
  const value = readOperand(field, text)
  if (value !== undefined) return value
  throw cannotCompare(field, `expected ${operand}, found ${quote(text)}`, at)
}

function phraseOf({ field, boost }: SearchedField, tokens: readonly Token[], slop: number): Clause | undefined {
  const [first] = tokens
  if (first === undefined) return undefined
  if (tokens.length === 1) return { kind: 'term', field: field.number, term: first.term, boost }
  checkPhraseLength(tokens.length)
  const terms = tokens.map(({ term, position }) => ({ term, position: position - first.position }))
  return { kind: 'phrase', field: field.number, terms, slop, boost }
}

function editsOf(fuzziness: Fuzziness, form: string): 0 | 1 | 2 {
  if (fuzziness === 'none') return 0
  if (fuzziness !== 'auto') return fuzziness
  const { length } = codePointsOf(form)
  return length <= AUTO_EXACT_LENGTH ? 0 : length <= AUTO_ONE_EDIT_LENGTH ? 1 : 2
}

function cannotCompare(field: Field, why: string, position: number): InvalidRequestError {
  const message = `query: field ${quote(field.name)} is of type ${field.type}: ${why} at position ${position}`
  return new InvalidRequestError('invalid_query', message, { details: { position, field: field.name } })
}

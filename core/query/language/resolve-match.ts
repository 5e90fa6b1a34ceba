import type { Token } from '../../analysis/text-analyzer.ts'
import type { MatchQuery } from '../../contract/search-request.ts'
import { InvalidRequestError } from '../../errors.ts'
import { normalizeKeyword } from '../../fields/keyword.ts'
import { isAnalysed } from '../../fields/kinds.ts'
import type { BoolPart, Clause } from './clause.ts'
import { combined, inFields } from './combine-clauses.ts'
import { checkQuerySize } from './parse-query.ts'
import { QUERY_CLAUSES_MAX, tooManyClauses } from './query-cursor.ts'
import { resolveToken, type SearchedField, type WordOptions } from './resolve-leaf.ts'
import type { Resolving } from './resolving.ts'

/** One word of the text, with the token of each searched field, in the order of the fields. */
type MatchWord = {
  readonly text: string
  readonly start: number
  readonly end: number
  readonly tokens: (Token | undefined)[]
}

/**
 * Resolves plain text, in which nothing is syntax. Each word becomes one clause. Fields of different languages may find
 * different words at the same position.
 */
export function resolveMatch(query: MatchQuery, resolving: Resolving): Clause | undefined {
  const { fields, budget, mode } = resolving
  if (typeof query.match !== 'string') {
    throw new InvalidRequestError('invalid_query', 'query: expected "match" to be a string')
  }
  checkQuerySize(query.match)
  const words = wordsOf(query.match, resolving)
  if (words.length > QUERY_CLAUSES_MAX) throw tooManyClauses()
  budget.spend(words.length, fields.length)
  const meaningful = words.filter((word) => isMeaningful(word, fields)).length
  const occur = (query.operator ?? resolving.operator) === 'and' ? 'must' : 'should'
  const fuzziness = query.fuzziness ?? resolving.fuzziness
  const parts = words.flatMap((word, i): BoolPart[] => {
    const isPrefix = query.prefix_last === true && i === words.length - 1
    const dropStopWords = meaningful > (isMeaningful(word, fields) ? 1 : 0)
    const clauses = fields.flatMap((field, f) => {
      const token = word.tokens[f]
      const clause = isPrefix ? prefixOf(field, word, token) : wordIn(field, word, token, { fuzziness, dropStopWords })
      return clause === undefined ? [] : [clause]
    })
    const clause = inFields(clauses, mode)
    return clause === undefined ? [] : [{ occur, clause }]
  })
  return combined(parts)
}

/** The words that any text field finds, in order of position. If no text field is searched, white space separates words. */
function wordsOf(text: string, { fields, words }: Resolving): MatchWord[] {
  const byPlace = new Map<string, MatchWord>()
  const at = (start: number, end: number): MatchWord => {
    const place = `${start}-${end}`
    const known = byPlace.get(place)
    if (known !== undefined) return known
    const word = { text: text.slice(start, end), start, end, tokens: fields.map(() => undefined) }
    byPlace.set(place, word)
    return word
  }
  for (const [f, { field }] of fields.entries()) {
    if (!isAnalysed(field)) continue
    const tokens = words.indexedTokens(field, text)
    if (tokens.length > QUERY_CLAUSES_MAX) throw tooManyClauses()
    for (const token of tokens) at(token.start, token.end).tokens[f] = token
  }
  if (!fields.some(({ field }) => isAnalysed(field))) {
    for (const { 0: word, index } of text.matchAll(/\S+/g)) at(index, index + word.length)
  }
  return [...byPlace.values()].sort((a, b) => a.start - b.start || a.end - b.end)
}

function isMeaningful(word: MatchWord, fields: readonly SearchedField[]): boolean {
  return fields.some(({ field }, f) => {
    const token = word.tokens[f]
    return token !== undefined && (!token.stopWord || field.stopWords === 'none')
  })
}

function wordIn(
  searched: SearchedField,
  word: MatchWord,
  token: Token | undefined,
  options: WordOptions,
): Clause | undefined {
  const { field, boost } = searched
  if (isAnalysed(field)) return token && resolveToken(searched, token, options)
  return { kind: 'keyword', field: field.number, value: normalizeKeyword(field, word.text), boost }
}

function prefixOf({ field, boost }: SearchedField, word: MatchWord, token: Token | undefined): Clause | undefined {
  const lane = isAnalysed(field) ? 'text' : 'keyword'
  const prefix = lane === 'text' ? token?.form : normalizeKeyword(field, word.text)
  return prefix === undefined
    ? undefined
    : { kind: 'pattern', field: field.number, lane, pattern: { kind: 'prefix', prefix }, boost }
}

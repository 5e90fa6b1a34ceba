import { assert } from '../../assert.ts'
import type { MatchQuery, SearchRequest, Warning } from '../../contract/search-request.ts'
import { isAnalysed, kindOf } from '../../fields/kinds.ts'
import { quote } from '../../quote.ts'
import { findField } from '../../schema/find-field.ts'
import type { Schema } from '../../schema/schema.ts'
import { getWordField, parseWeightedField } from '../../schema/weighted-field.ts'
import type { BoolPart, Clause } from './clause.ts'
import { boosted, combined, inFields } from './combine-clauses.ts'
import { meaningfulParts } from './meaningful-parts.ts'
import { mergeEqual } from './merge-equal.ts'
import { parseQuery, type UnknownField } from './parse-query.ts'
import type { QueryNode, SequenceItem } from './query-syntax.ts'
import { type QueryAnalyzers, QueryWords } from './query-words.ts'
import {
  fieldNotIndexed,
  resolvePattern,
  resolvePhrase,
  resolveRange,
  resolveWord,
  type SearchedField,
} from './resolve-leaf.ts'
import { resolveMatch } from './resolve-match.ts'
import type { Resolving } from './resolving.ts'
import { WordBudget, wordsTimesFields } from './word-budget.ts'

/** The schema, request and analyzers that resolve a query. Members of `request` that are undefined have their defaults. */
export type QuerySetting = {
  readonly schema: Schema
  readonly request: Pick<SearchRequest, 'fields' | 'field_mode' | 'operator' | 'fuzziness'>
  readonly analyzers: QueryAnalyzers
}

/** A query with resolved fields and analysed words. */
export type ResolvedQuery = {
  readonly clause: Clause
  /** Words times searched fields, which count towards the request's allowance. */
  readonly wordsTimesFields: number
  readonly warnings: readonly Warning[]
}

/**
 * Resolves the fields of a query and analyses its words. Parts without tokens after analysis are dropped; if no part remains,
 * the query matches nothing.
 *
 * @throws {InvalidRequestError} `invalid_query` with the position of the character; `field_not_found` or
 *   `invalid_field` for `fields`
 * @throws {LimitExceededError} `query_too_long`, `too_many_clauses`, `query_too_deep`, `phrase_too_long`
 */
export function resolveQuery(query: string | MatchQuery, setting: QuerySetting): ResolvedQuery {
  const resolving = beginResolving(setting)
  if (typeof query !== 'string') return resolved(resolveMatch(query, resolving), resolving.budget)
  const { node, unknownFields } = parseQuery(query, (name) => isSearchable(setting.schema, name))
  if (node === undefined) return resolved(undefined, resolving.budget)
  // Checked before words are analysed for every field.
  resolving.budget.spend(wordsTimesFields(node, resolving.fields.length))
  const meaningful = meaningfulParts(node, resolving)
  // A stop word may be dropped if a meaningful word remains.
  const mayDrop = (word: QueryNode) => meaningful.size > (meaningful.has(word) ? 1 : 0)
  const clause = resolveNode(node, { ...resolving, mayDrop })
  return resolved(clause, resolving.budget, unknownFields.map(unknownFieldWarning))
}

/** Limits the variants of each fuzzy word by the size of the query. The limit does not depend on data. */
function resolved(
  clause: Clause | undefined,
  { spent, variantsMax }: WordBudget,
  warnings: readonly Warning[] = [],
): ResolvedQuery {
  const merged = mergeEqual(clause ?? NOTHING, variantsMax)
  return { clause: merged, wordsTimesFields: spent, warnings }
}

const NOTHING: Clause = { kind: 'none' }

function beginResolving({ schema, request, analyzers }: QuerySetting): Resolving {
  return {
    schema,
    fields: searchedFields(schema, request.fields),
    mode: request.field_mode ?? 'sum',
    operator: request.operator ?? 'or',
    fuzziness: request.fuzziness ?? 'none',
    words: new QueryWords(analyzers),
    budget: new WordBudget(),
    mayDrop: () => false,
  }
}

function searchedFields(schema: Schema, names: readonly string[] | undefined): SearchedField[] {
  const requested = names?.map((name) =>
    findField(schema, name) ? { name, boost: 1 } : parseWeightedField(name, 'fields'),
  )
  const weighted = requested ?? schema.defaultFields
  if (weighted !== undefined) {
    return weighted.map(({ name, boost }) => ({ field: getWordField(schema, name, 'fields'), boost }))
  }
  return schema.fields.filter((field) => isAnalysed(field) && field.index).map((field) => ({ field, boost: 1 }))
}

function isSearchable(schema: Schema, name: string): boolean {
  const field = findField(schema, name)
  return field !== undefined && kindOf(field).objects !== 'fields'
}

function resolveNode(node: QueryNode, resolving: Resolving): Clause | undefined {
  const { words } = resolving
  switch (node.kind) {
    case 'word': {
      const fuzziness = node.fuzzy === 'none' ? resolving.fuzziness : node.fuzzy
      const dropStopWords = node.fuzzy === 'none' && resolving.mayDrop(node)
      return inEveryField(resolving, (field) => resolveWord(field, node, { words, fuzziness, dropStopWords }))
    }
    case 'phrase':
      return inEveryField(resolving, (field) => resolvePhrase(field, node, words))
    case 'pattern':
      return inEveryField(resolving, (field) => resolvePattern(field, node, words))
    case 'range':
      return inEveryField(resolving, (field) => resolveRange(field, node.bounds, node.at))
    case 'exists':
      return inEveryField(resolving, ({ field, boost }) => ({ kind: 'exists', field: field.number, boost }))
    case 'all':
      return { kind: 'all', boost: 1 }
    case 'field':
      return resolveNode(node.node, { ...resolving, fields: [namedField(resolving.schema, node.name)] })
    case 'boost': {
      const clause = resolveNode(node.node, resolving)
      return clause && boosted(clause, node.boost)
    }
    case 'not':
      return resolveItems([{ occur: 'must_not', node: node.node }], 'must', resolving)
    case 'and':
      return resolveItems(node.nodes.map(toConjunct), 'must', resolving)
    case 'or':
      return resolveItems(
        node.nodes.map((inner) => ({ occur: 'bare', node: inner })),
        'should',
        resolving,
      )
    case 'sequence':
      return resolveItems(node.items, resolving.operator === 'and' ? 'must' : 'should', resolving)
  }
}

function toConjunct(node: QueryNode): SequenceItem {
  return node.kind === 'not' ? { occur: 'must_not', node: node.node } : { occur: 'bare', node }
}

function resolveItems(
  items: readonly SequenceItem[],
  bare: 'must' | 'should',
  resolving: Resolving,
): Clause | undefined {
  const parts = items.flatMap(({ occur, node }): BoolPart[] => {
    const clause = resolveNode(node, resolving)
    return clause === undefined ? [] : [{ occur: occur === 'bare' ? bare : occur, clause }]
  })
  const hadPositive = items.some(({ occur }) => occur !== 'must_not')
  const hasPositive = parts.some(({ occur }) => occur !== 'must_not')
  // If no positive part is left after analysis, the rest would match every document but the negated ones: match nothing instead.
  return hadPositive && !hasPositive ? undefined : combined(parts)
}

function inEveryField(resolving: Resolving, resolve: (field: SearchedField) => Clause | undefined): Clause | undefined {
  const { fields, budget, mode } = resolving
  if (fields.length === 0) return NOTHING
  const clauses = fields.flatMap((field) => {
    const clause = resolve(field)
    if (clause?.kind === 'phrase') budget.spend(clause.terms.length - 1)
    return clause === undefined ? [] : [clause]
  })
  return inFields(clauses, mode)
}

/** The field before a colon. It exists, because the parser treats other names as text. */
function namedField(schema: Schema, name: string): SearchedField {
  const field = findField(schema, name)
  assert(field !== undefined, `the parser checked that "${name}" is a field`)
  if (!field.index) throw fieldNotIndexed(field, 'query')
  return { field, boost: 1 }
}

function unknownFieldWarning({ name, at }: UnknownField): Warning {
  const shown = quote(name)
  return {
    code: 'unknown_field',
    message: `query: no field named ${shown}, so ${quote(`${name}:`)} is text at position ${at}`,
  }
}

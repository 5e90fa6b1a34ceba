import { isRecord } from '../json-record.ts'
import { isPlanned, notSupported, PLANNED } from '../planned.ts'
import { FIELDS_MAX } from '../schema/schema.ts'
import { filterShape } from './filter-shape.ts'
import {
  CURSOR_CHARACTERS_MAX,
  LIMIT_DEFAULT,
  LIMIT_MAX,
  NAME_CHARACTERS_MAX,
  OFFSET_MAX,
  QUERY_BYTES_MAX,
  SEARCHES_MAX,
  SESSION_CHARACTERS_MAX,
  SHARDS_MAX,
  SORT_KEYS_MAX,
  TIMEOUT_MS_DEFAULT,
  TIMEOUT_MS_MAX,
} from './limits.ts'
import { readShape } from './read-shape.ts'
import type {
  Consistency,
  Fuzziness,
  MatchQuery,
  NamedSearch,
  Operator,
  ReadRequest,
  SearchRequest,
} from './search-request.ts'
import { exactly, type Shape, z } from './shape.ts'

/** The name of a field, optionally with a sign before it or a boost after it. */
const name = z.string().max(NAME_CHARACTERS_MAX)
const names = z.list(name, { max: FIELDS_MAX })
/** The parser checks the length in bytes. */
const queryText = z.string().meta({ maxLength: QUERY_BYTES_MAX })

const fuzziness: Shape<Fuzziness> = z.union([z.enum(['none', 'auto']), z.literal(1), z.literal(2)])
const operator: Shape<Operator> = z.enum(['or', 'and'])
const consistency: Shape<Consistency> = z.enum(['eventual', 'bounded', 'read_your_writes', 'strong'])

/** The members of {@link CollectionSettings}, which searches have too. */
export const settingsFields = {
  allow_partial_results: z
    .boolean()
    .exactOptional()
    .describe(
      'Whether the answer may omit shards that failed or were late. Default: the setting of the collection, or true',
    ),
  min_successful_shards: z
    .int()
    .min(0)
    .max(SHARDS_MAX)
    .exactOptional()
    .describe('Minimum number of shards that must answer, at most all. Default: the setting of the collection, or 1'),
  partial_results_timeout_ms: z
    .number()
    .min(1)
    .max(TIMEOUT_MS_MAX)
    .exactOptional()
    .describe(
      `Milliseconds after which a shard that has not answered is omitted. Default: the setting of the collection, or ${TIMEOUT_MS_DEFAULT}`,
    ),
}

/** The members that select a past version of a collection. */
export const pastFields = {
  at_version: z
    .list(z.int().min(1), { min: 1, max: SHARDS_MAX })
    .exactOptional()
    .describe('Reads these versions, one per shard, as in `snapshot.versions` of an answer'),
  at_time: z
    .string()
    .max(NAME_CHARACTERS_MAX)
    .exactOptional()
    .describe('Reads the version at this time, such as `2026-03-01T12:00:00Z`'),
  snapshot: z.string().max(NAME_CHARACTERS_MAX).exactOptional().describe('Reads the snapshot with this name'),
}

/** The members of {@link ReadRequest}. */
export const readFields = {
  consistency: consistency
    .exactOptional()
    .describe('How fresh the read is: `eventual`, `bounded`, `read_your_writes` or `strong`'),
  max_staleness_ms: z
    .number()
    .min(0)
    .exactOptional()
    .describe('For `bounded`: maximum age of the version in milliseconds'),
  session: z
    .string()
    .max(SESSION_CHARACTERS_MAX)
    .exactOptional()
    .describe('Session tokens of earlier answers, separated by commas'),
  ...pastFields,
}

const matchQuery = exactly<MatchQuery>()(
  z.strictObject({
    match: queryText,
    operator: operator.exactOptional(),
    fuzziness: fuzziness.exactOptional(),
    prefix_last: z.boolean().exactOptional().describe('Whether the last word also matches words that begin with it'),
  }),
).describe('Literal words: nothing in them is syntax')

const searchFields = {
  query: z.union([queryText.describe('In the query language'), matchQuery]).exactOptional(),
  fields: names.exactOptional().describe('Fields to search for plain words, with boosts, such as `title^2`'),
  field_mode: z.enum(['sum', 'best']).exactOptional().meta({
    default: 'sum',
    description: 'Whether the score of a word is the sum over its fields, or of the best field',
  }),
  operator: operator
    .exactOptional()
    .meta({ default: 'or', description: 'Whether a document must have any word (`or`) or every word (`and`)' }),
  fuzziness: fuzziness
    .exactOptional()
    .meta({ default: 'none', description: 'Edits in plain words: `none`, 1, 2, or `auto`, by the length of the word' }),
  filter: filterShape.exactOptional().describe('Conditions that every hit meets, without effect on scores'),
  limit: z
    .int()
    .min(0)
    .max(LIMIT_MAX)
    .exactOptional()
    .meta({ default: LIMIT_DEFAULT, description: 'Maximum hits on the page' }),
  offset: z
    .int()
    .min(0)
    .max(OFFSET_MAX)
    .exactOptional()
    .meta({ default: 0, description: `Number of hits before the page; offset + limit is at most ${OFFSET_MAX}` }),
  sort: z.list(name, { max: SORT_KEYS_MAX }).exactOptional().describe('Such as `["-year", "_score", "id"]`'),
  include: names.exactOptional().describe('Fields of the documents to return; all by default'),
  exclude: names.exactOptional().describe('Fields of the documents to omit'),
  versions: z
    .boolean()
    .exactOptional()
    .meta({ default: false, description: 'Whether hits include the versions of their documents' }),
  total: z
    .union([z.boolean(), z.int().min(0)])
    .exactOptional()
    .meta({ default: true, description: 'true: exact; false or 0: no count; N: exact up to N' }),
  ...readFields,
  ...settingsFields,
  explain: z
    .boolean()
    .exactOptional()
    .meta({ default: false, description: 'Whether the answer says how the query was parsed and executed' }),
}

/** The shape of {@link SearchRequest}. */
export const searchRequest = exactly<SearchRequest>()(z.strictObject(searchFields))
/** The shape of {@link NamedSearch}. */
export const namedSearch = exactly<NamedSearch>()(z.strictObject({ collection: name, ...searchFields }))

const { query: _, ...searchFieldsButQuery } = searchFields
/** A search as parameters of a URL: with the query as the text `q`. */
export const searchParameters: Shape<Omit<SearchRequest, 'query'> & { q?: string }> = z.strictObject({
  q: queryText.exactOptional().describe('The query, in the query language'),
  ...searchFieldsButQuery,
})

/** The place where an earlier answer ended. */
export const cursor = z
  .string()
  .max(CURSOR_CHARACTERS_MAX)
  .describe('`cursor` of the previous answer; the first page by default')

/** Several searches. Each is checked separately, so an invalid search fails alone. */
export const multiSearchRequest: Shape<{ searches: unknown[] }> = z.strictObject({
  searches: z
    .list(z.unknown(), { min: 1, max: SEARCHES_MAX })
    .meta({ items: { $ref: '#/components/schemas/NamedSearch' } }),
})

/**
 * Checks a search.
 *
 * @throws {InvalidRequestError} naming the field; `not_supported` for features of a later version
 * @throws {LimitExceededError} naming the field and its maximum
 */
export function readSearchRequest(request: unknown): SearchRequest {
  return readShape(searchRequest, withoutPlanned(request), 'the search request')
}

/** Checks one of several searches like {@link readSearchRequest}. */
export function readNamedSearch(request: unknown, where: string): NamedSearch {
  return readShape(namedSearch, withoutPlanned(request), where)
}

/** Refuses the features of a later version, and removes their members if they are null. */
function withoutPlanned(request: unknown): unknown {
  if (!isRecord(request)) return request
  const { query, operator, sort, explain } = request
  if (isRecord(operator) || (isRecord(query) && isRecord(query.operator)))
    throw notSupported('operator as an object', { path: 'operator' })
  if (Array.isArray(sort) && sort.some(isRecord)) throw notSupported('sort by objects', { path: 'sort' })
  if (explain === 'plan') throw notSupported('explain as a plan', { path: 'explain' })
  const planned = PLANNED.members.filter((member) => member in request)
  const requested = planned.find((member) => request[member] !== undefined && request[member] !== null)
  if (requested !== undefined) throw notSupported(requested, { path: requested })
  if (planned.length === 0) return request
  return Object.fromEntries(Object.entries(request).filter(([member]) => !isPlanned('members', member)))
}

import { isRecord } from '../json-record.ts'
import { isPlanned, notSupported, PLANNED } from '../planned.ts'
import { FIELDS_MAX } from '../schema/schema.ts'
import { filterShape } from './filter-shape.ts'
import {
  CURSOR_CHARACTERS_MAX,
  FILTER_CONDITIONS_MAX,
  FILTER_DEPTH_MAX,
  FILTER_VALUES_MAX,
  LIMIT_DEFAULT,
  LIMIT_MAX,
  NAME_CHARACTERS_MAX,
  OFFSET_MAX,
  QUERY_BYTES_MAX,
  SEARCHES_MAX,
  SESSION_CHARACTERS_MAX,
  SHARDS_MAX,
  SORT_KEYS_MAX,
  STALENESS_MS_DEFAULT,
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
const QUERY_EXAMPLE = 'title:sea OR +captain -whale'
const inQueryLanguage = { maxLength: QUERY_BYTES_MAX, examples: [QUERY_EXAMPLE] }

const fuzziness: Shape<Fuzziness> = z.union([z.enum(['none', 'auto']), z.literal(1), z.literal(2)])
const operator: Shape<Operator> = z.enum(['or', 'and'])
const consistency: Shape<Consistency> = z.enum(['eventual', 'bounded', 'read_your_writes', 'strong'])

/** The members of {@link CollectionSettings}, which searches have too. */
export const settingsFields = {
  allow_partial_results: z
    .boolean()
    .exactOptional()
    .meta({
      description:
        'Whether the answer may omit shards that failed or were late. Default: the setting of the collection, or true',
      examples: [false],
    }),
  min_successful_shards: z
    .int()
    .min(0)
    .max(SHARDS_MAX)
    .exactOptional()
    .meta({
      description:
        'Minimum number of shards that must answer, at most as many as the collection has. Default: the setting of the collection, or 1',
      examples: [1],
    }),
  partial_results_timeout_ms: z
    .number()
    .min(1)
    .max(TIMEOUT_MS_MAX)
    .exactOptional()
    .meta({
      description: `Milliseconds after which a shard that has not answered is late. Default: the setting of the collection, or ${TIMEOUT_MS_DEFAULT}`,
      examples: [30_000],
    }),
}

/** The members that select a past version of a collection. */
export const pastFields = {
  at_version: z
    .list(z.int().min(1), { min: 1, max: SHARDS_MAX })
    .exactOptional()
    .meta({
      description: 'Reads these versions, one per shard, as in `snapshot.versions` of an answer. Default: the newest',
      examples: [[2]],
    }),
  at_time: z
    .string()
    .max(NAME_CHARACTERS_MAX)
    .exactOptional()
    .meta({ description: 'Reads the versions of this time. Default: the newest', examples: ['2026-03-01T12:00:00Z'] }),
  snapshot: z
    .string()
    .max(NAME_CHARACTERS_MAX)
    .exactOptional()
    .meta({ description: 'Reads the snapshot with this name. Default: the newest versions', examples: ['first'] }),
}

/** The members of {@link ReadRequest}. */
export const readFields = {
  consistency: consistency.exactOptional().meta({
    description:
      'How fresh the read is. Default: `bounded` with `max_staleness_ms`, `read_your_writes` with a session, otherwise `eventual` for searches and `strong` for documents by id',
    examples: ['strong'],
  }),
  max_staleness_ms: z
    .number()
    .min(0)
    .exactOptional()
    .meta({
      description: `For \`bounded\`: maximum age of the version in milliseconds. Default: ${STALENESS_MS_DEFAULT}`,
      examples: [1_000],
    }),
  session: z
    .string()
    .max(SESSION_CHARACTERS_MAX)
    .exactOptional()
    .meta({
      description: 'Session tokens of earlier answers, separated by commas: the read sees at least their versions',
      examples: ['AQEAFmlyMW53dGtwYWR4ZHd2bXlmbmZrNWcBByxVWX0'],
    }),
  ...pastFields,
}

const matchQuery = exactly<MatchQuery>()(
  z.strictObject({
    match: queryText.meta({
      maxLength: QUERY_BYTES_MAX,
      description: 'The words, counted in bytes of UTF-8',
      examples: ['what is (first)?'],
    }),
    operator: operator.exactOptional().meta({ description: 'Overrides `operator` of the search', examples: ['and'] }),
    fuzziness: fuzziness
      .exactOptional()
      .meta({ description: 'Overrides `fuzziness` of the search', examples: ['auto'] }),
    prefix_last: z
      .boolean()
      .exactOptional()
      .meta({
        default: false,
        description: 'Whether the last word also matches words that begin with it, for searches as people type',
        examples: [true],
      }),
  }),
).describe('Literal words: nothing in them is syntax')

const searchFields = {
  query: z
    .union([queryText.meta({ ...inQueryLanguage, description: 'In the query language' }), matchQuery])
    .exactOptional()
    .meta({
      description: `A text in the query language, or an object with the literal words \`match\`; at most ${QUERY_BYTES_MAX} bytes of UTF-8. Default: every document matches`,
      examples: [QUERY_EXAMPLE, { match: 'sea wolf', operator: 'and' }],
    }),
  fields: names.exactOptional().meta({
    description:
      'The text and keyword fields in which plain words are searched, with boosts. Default: `default_fields` of the schema, or all text fields',
    examples: [['title^2', 'text']],
  }),
  field_mode: z
    .enum(['sum', 'best'])
    .exactOptional()
    .meta({
      default: 'sum',
      description: 'Whether the score of a word is the sum over its fields, or of the best field',
      examples: ['best'],
    }),
  operator: operator.exactOptional().meta({
    default: 'or',
    description: 'Whether a document must have any word (`or`) or every word (`and`)',
    examples: ['and'],
  }),
  fuzziness: fuzziness.exactOptional().meta({
    default: 'none',
    description: 'Edits in plain words: `none`, 1, 2, or `auto` (0 below 4 letters, 1 below 8, otherwise 2)',
    examples: ['auto'],
  }),
  filter: filterShape.exactOptional().meta({
    description: `Conditions that every hit meets, without effect on scores; at most ${FILTER_CONDITIONS_MAX} conditions, ${FILTER_VALUES_MAX} values and ${FILTER_DEPTH_MAX} levels`,
    examples: [{ year: { gte: 1850 }, kind: ['novel', 'essay'] }],
  }),
  limit: z
    .int()
    .min(0)
    .max(LIMIT_MAX)
    .exactOptional()
    .meta({ default: LIMIT_DEFAULT, description: 'Maximum hits on the page; 0 only counts', examples: [3] }),
  offset: z
    .int()
    .min(0)
    .max(OFFSET_MAX)
    .exactOptional()
    .meta({
      default: 0,
      description: `Number of hits before the page; \`offset\` + \`limit\` is at most ${OFFSET_MAX}: list documents to read more`,
      examples: [1],
    }),
  sort: z
    .list(name, { max: SORT_KEYS_MAX })
    .exactOptional()
    .meta({
      description: 'Sort keys: a field ascending, with `-` descending; `_score` is descending. Default: by score',
      examples: [['-year', '_score', 'id']],
    }),
  include: names.exactOptional().meta({
    description: 'The fields to return, by dotted names; an empty list returns none. Default: all',
    examples: [['title', 'year']],
  }),
  exclude: names
    .exactOptional()
    .meta({ description: 'The fields to omit, also if `include` names them. Default: none', examples: [['text']] }),
  versions: z
    .boolean()
    .exactOptional()
    .meta({ default: false, description: 'Whether hits include the versions of their documents', examples: [true] }),
  total: z
    .union([z.boolean(), z.int().min(0)])
    .exactOptional()
    .meta({
      default: true,
      description: 'Whether to count matches: true counts all, false or 0 none, a number exactly up to it',
      examples: [1_000],
    }),
  ...readFields,
  ...settingsFields,
  explain: z
    .boolean()
    .exactOptional()
    .meta({
      default: false,
      description: 'Whether the answer says how the query was parsed and executed',
      examples: [true],
    }),
}

/** The shape of {@link SearchRequest}. */
export const searchRequest = exactly<SearchRequest>()(z.strictObject(searchFields))
/** The shape of {@link NamedSearch}. */
export const namedSearch = exactly<NamedSearch>()(z.strictObject({ collection: name, ...searchFields }))

const { query: _, ...searchFieldsButQuery } = searchFields
/** A search as parameters of a URL: with the query as the text `q`. */
export const searchParameters: Shape<Omit<SearchRequest, 'query'> & { q?: string }> = z.strictObject({
  q: queryText.exactOptional().meta({ ...inQueryLanguage, description: 'The query, in the query language' }),
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

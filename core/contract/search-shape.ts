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

/** A field's name, perhaps with a sign before it or a boost after it. */
const name = z.string().max(NAME_CHARACTERS_MAX)
const names = z.list(name, { max: FIELDS_MAX })
/** How long a text is in bytes is for the parser to check. */
const queryText = z.string().meta({ maxLength: QUERY_BYTES_MAX })

const fuzziness: Shape<Fuzziness> = z.union([z.enum(['none', 'auto']), z.literal(1), z.literal(2)])
const operator: Shape<Operator> = z.enum(['or', 'and'])
const consistency: Shape<Consistency> = z.enum(['eventual', 'bounded', 'read_your_writes', 'strong'])

/** Members of {@link CollectionSettings}, which searches have too. */
export const settingsFields = {
  allow_partial_results: z
    .boolean()
    .exactOptional()
    .describe('Whether the answer may lack shards that failed or were late; true unless the collection says otherwise'),
  min_successful_shards: z
    .int()
    .min(0)
    .max(SHARDS_MAX)
    .exactOptional()
    .describe('Shards that an answer needs at least; 1 unless the collection says otherwise'),
  partial_results_timeout_ms: z
    .number()
    .min(1)
    .max(TIMEOUT_MS_MAX)
    .exactOptional()
    .describe(
      `Milliseconds after which a shard is left out that has not answered; ${TIMEOUT_MS_DEFAULT} unless the collection says otherwise`,
    ),
}

/** Members that name a past of a collection. */
export const pastFields = {
  at_version: z
    .list(z.int().min(1), { min: 1, max: SHARDS_MAX })
    .exactOptional()
    .describe('These versions, one a shard, as an answer named them in `snapshot.versions`'),
  at_time: z
    .string()
    .max(NAME_CHARACTERS_MAX)
    .exactOptional()
    .describe('What the collection held at this moment, such as `2026-03-01T12:00:00Z`'),
  snapshot: z.string().max(NAME_CHARACTERS_MAX).exactOptional().describe('The snapshot of this name'),
}

/** Members of {@link ReadRequest}. */
export const readFields = {
  consistency: consistency.exactOptional(),
  max_staleness_ms: z
    .number()
    .min(0)
    .exactOptional()
    .describe('For `bounded`: how many milliseconds old the version may be'),
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
).describe('Words taken literally: nothing in them is syntax')

const searchFields = {
  query: z.union([queryText.describe('In the query language'), matchQuery]).exactOptional(),
  fields: names.exactOptional().describe('Fields that plain words are looked for in, with boosts, such as `title^2`'),
  field_mode: z.enum(['sum', 'best']).exactOptional().meta({ default: 'sum' }),
  operator: operator.exactOptional().meta({ default: 'or' }),
  fuzziness: fuzziness.exactOptional().meta({ default: 'none' }),
  filter: filterShape.exactOptional(),
  limit: z
    .int()
    .min(0)
    .max(LIMIT_MAX)
    .exactOptional()
    .meta({ default: LIMIT_DEFAULT, description: 'Hits on the page' }),
  offset: z
    .int()
    .min(0)
    .max(OFFSET_MAX)
    .exactOptional()
    .meta({ default: 0, description: `Hits before the page; offset + limit is at most ${OFFSET_MAX}` }),
  sort: z.list(name, { max: SORT_KEYS_MAX }).exactOptional().describe('Such as `["-year", "_score", "id"]`'),
  include: names.exactOptional().describe('Fields of the documents to answer; all by default'),
  exclude: names.exactOptional().describe('Fields of the documents to leave out'),
  versions: z
    .boolean()
    .exactOptional()
    .meta({ default: false, description: 'Whether hits carry the versions of their documents' }),
  total: z
    .union([z.boolean(), z.int().min(0)])
    .exactOptional()
    .meta({ default: true, description: 'true: exact; false or 0: left out; N: exact up to N' }),
  ...readFields,
  ...settingsFields,
  explain: z.boolean().exactOptional().meta({ default: false }),
}

/** {@link SearchRequest} as it is read. */
export const searchRequest = exactly<SearchRequest>()(z.strictObject(searchFields))
/** {@link NamedSearch} as it is read. */
export const namedSearch = exactly<NamedSearch>()(z.strictObject({ collection: name, ...searchFields }))

/** A place where another answer ended. */
export const cursor = z.string().max(CURSOR_CHARACTERS_MAX)

/** Each search is read on its own, so that a bad one fails alone. */
export const multiSearchRequest: Shape<{ searches: unknown[] }> = z.strictObject({
  searches: z
    .list(z.unknown(), { min: 1, max: SEARCHES_MAX })
    .meta({ items: { $ref: '#/components/schemas/NamedSearch' } }),
})

/**
 * Reads a search.
 *
 * @throws {InvalidRequestError} naming the field; `not_supported` for what a later version does
 * @throws {LimitExceededError} naming the field and its maximum
 */
export function readSearchRequest(request: unknown): SearchRequest {
  return readShape(searchRequest, withoutPlanned(request), 'the search request')
}

/** As {@link readSearchRequest}, for one of several. */
export function readNamedSearch(request: unknown, where: string): NamedSearch {
  return readShape(namedSearch, withoutPlanned(request), where)
}

/** Refuses what a later version does; null asks for nothing. */
function withoutPlanned(request: unknown): unknown {
  if (!isRecord(request)) return request
  const { query, operator, sort, explain } = request
  if (isRecord(operator) || (isRecord(query) && isRecord(query.operator)))
    throw notSupported('operator as an object', { path: 'operator' })
  if (Array.isArray(sort) && sort.some(isRecord)) throw notSupported('sort by objects', { path: 'sort' })
  if (explain === 'plan') throw notSupported('explain as a plan', { path: 'explain' })
  const planned = PLANNED.members.filter((member) => member in request)
  const asked = planned.find((member) => request[member] !== undefined && request[member] !== null)
  if (asked !== undefined) throw notSupported(asked, { path: asked })
  if (planned.length === 0) return request
  return Object.fromEntries(Object.entries(request).filter(([member]) => !isPlanned('members', member)))
}

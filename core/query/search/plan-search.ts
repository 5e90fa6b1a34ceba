import { LIMIT_DEFAULT, OFFSET_MAX, TIMEOUT_MS_DEFAULT } from '../../contract/limits.ts'
import type { SearchRequest, Warning } from '../../contract/search-request.ts'
import { checkSuccessfulShardsMin } from '../../contract/successful-shards.ts'
import { LimitExceededError } from '../../errors.ts'
import type { Collection } from '../../version/collection.ts'
import { parseFilter } from '../filter/parse-filter.ts'
import { simplifyFilter } from '../filter/simplify-filter.ts'
import { parseSort } from '../language/parse-sort.ts'
import type { ResolvedQueries } from '../language/resolved-queries.ts'
import type { Part } from '../score/part.ts'
import type { SegmentQuery } from '../score/search-segment.ts'
import type { Projection } from './project-document.ts'
import type { SearchAllowance } from './search-allowance.ts'
import { warnOfFields } from './warn-of-fields.ts'

/** A search request, checked and resolved under one version of the schema. */
export type SearchPlan = SegmentQuery & {
  readonly offset: number
  readonly limit: number
  readonly projection: Projection
  /** Whether hits have scores: only if the search sorts by them. */
  readonly scores: boolean
  /** Whether hits have their documents' versions. */
  readonly versions: boolean
  readonly allowPartial: boolean
  readonly successfulShardsMin: number
  readonly warnings: readonly Warning[]
}

/**
 * Checks a search request and resolves it under the collection's schema, in steps: the query, which takes up to 20 ms, and
 * the filter. {@link ResolvedQueries.load} comes first.
 *
 * @throws {InvalidRequestError} names the fault in the request and its place
 * @throws {LimitExceededError} if the page is too long or too deep
 */
export function* planSearch(
  { schema, settings, shardCount }: Collection,
  request: SearchRequest,
  {
    queries,
    allowance,
    parts = [],
  }: {
    readonly queries: ResolvedQueries
    readonly allowance: SearchAllowance
    readonly parts?: readonly Part[] | undefined
  },
): Generator<void, SearchPlan> {
  const [offset, limit] = pageOf(request)
  checkSuccessfulShardsMin(request.min_successful_shards, shardCount, 'min_successful_shards')
  const { clause, wordsTimesFields, warnings } = queries.resolve(schema, request)
  allowance.words.spend(wordsTimesFields)
  yield
  const ofFields = yield* warnOfFields(schema, request)
  return {
    schema,
    clause,
    filter:
      request.filter === undefined
        ? undefined
        : simplifyFilter(parseFilter(request.filter, schema, allowance.filters), schema),
    sort: parseSort(request.sort ?? [], schema),
    offset,
    limit,
    candidatesMax: offset + limit,
    countMax: request.total === true || request.total === undefined ? Number.POSITIVE_INFINITY : Number(request.total),
    projection: { include: request.include && new Set(request.include), exclude: new Set(request.exclude) },
    scores: request.sort === undefined || request.sort.length === 0 || request.sort.includes('_score'),
    versions: request.versions ?? false,
    allowPartial: request.allow_partial_results ?? settingOf(settings.allow_partial_results, true),
    successfulShardsMin: request.min_successful_shards ?? settingOf(settings.min_successful_shards, 1),
    warnings: [...warnings, ...ofFields],
    parts: parts.filter((part) => part.isRequested(request)),
  }
}

/** Milliseconds that the shards of a search have to answer. */
export function timeoutOf(request: SearchRequest, { settings }: Pick<Collection, 'settings'>): number {
  return request.partial_results_timeout_ms ?? settingOf(settings.partial_results_timeout_ms, TIMEOUT_MS_DEFAULT)
}

function pageOf({ offset = 0, limit = LIMIT_DEFAULT }: SearchRequest): readonly [offset: number, limit: number] {
  if (offset + limit <= OFFSET_MAX) return [offset, limit]
  const message = `offset + limit must be at most ${OFFSET_MAX}, got ${offset + limit}; page deeper by listing documents`
  throw new LimitExceededError('page_too_deep', message, { details: { maximum: OFFSET_MAX } })
}

/** Casts, because settings were checked when they were stored. */
function settingOf<T>(value: unknown, otherwise: T): T {
  return value === undefined ? otherwise : (value as T)
}

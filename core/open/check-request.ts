import type { SearchRequest } from '../contract/search-request.ts'
import { InvalidRequestError } from '../errors.ts'
import { findNearestName } from '../nearest-name.ts'
import { quote } from '../quote.ts'

const FIELDS: Readonly<Record<keyof SearchRequest, true>> = {
  query: true,
  fields: true,
  field_mode: true,
  operator: true,
  fuzziness: true,
  filter: true,
  limit: true,
  offset: true,
  sort: true,
  include: true,
  exclude: true,
  versions: true,
  total: true,
  consistency: true,
  max_staleness_ms: true,
  session: true,
  at_version: true,
  at_time: true,
  snapshot: true,
  allow_partial_results: true,
  min_successful_shards: true,
  partial_results_timeout_ms: true,
  explain: true,
}
const NOT_SUPPORTED = ['vector', 'hybrid', 'aggs', 'highlight', 'cursor']

/**
 * Refuses fields that a search does not have: in JavaScript no compiler does,
 * and what is asked for must not be ignored.
 *
 * @throws {InvalidRequestError} naming the field
 */
export function checkSearchFields(request: SearchRequest): SearchRequest {
  const unknown = Object.keys(request).find((name) => !Object.hasOwn(FIELDS, name))
  if (unknown === undefined) return request
  const details = { path: unknown }
  if (NOT_SUPPORTED.includes(unknown)) {
    throw new InvalidRequestError('not_supported', `${unknown} is not supported by this version`, { details })
  }
  const nearest = findNearestName(unknown, Object.keys(FIELDS))
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`
  throw new InvalidRequestError('unknown_field', `unknown field ${quote(unknown)} in the search request${hint}`, {
    details,
  })
}

import type { Past } from '../collections/past-versions.ts'
import type { Consistency, ReadRequest } from '../contract/search-request.ts'
import { InvalidRequestError } from '../errors.ts'
import { quote } from '../quote.ts'
import type { Freshness } from './snapshot.ts'

/**
 * How fresh a read must be: as the request says, or as its session token implies, or `otherwise`.
 *
 * @throws {InvalidRequestError} 'invalid_request' for two pasts, or a past with a freshness; 'invalid_time'
 */
export function freshnessOf(request: ReadRequest, otherwise: Consistency): Freshness {
  const { consistency, session, max_staleness_ms: maxStalenessMs } = request
  const past = pastOf(request)
  // Only the newest head says which versions are kept.
  if (past) return { consistency: 'strong', past }
  const implied = maxStalenessMs !== undefined ? 'bounded' : session !== undefined ? 'read_your_writes' : otherwise
  return {
    consistency: consistency ?? implied,
    ...(maxStalenessMs !== undefined && { maxStalenessMs }),
    ...(session !== undefined && { session }),
  }
}

/**
 * The past version that a request reads, if any.
 *
 * @throws {InvalidRequestError} 'invalid_request' for two pasts, or a past with a freshness; 'invalid_time'
 */
export function pastOf(request: ReadRequest): Past | undefined {
  // A session token is allowed: clients may send it with every request, and the past does not change.
  const { at_version: versions, at_time: time, snapshot, consistency, max_staleness_ms } = request
  const given = Object.entries({ at_version: versions, at_time: time, snapshot }).filter(
    ([, value]) => value !== undefined,
  )
  if (given.length === 0) return undefined
  const freshness = Object.entries({ consistency, max_staleness_ms }).filter(([, value]) => value !== undefined)
  const [one, other] = [...given, ...freshness]
  if (other) {
    throw new InvalidRequestError('invalid_request', `${one![0]} and ${other[0]} cannot both be given`, {
      details: { path: other[0] },
    })
  }
  if (versions !== undefined) return { versions }
  if (snapshot !== undefined) return { snapshot }
  return { timeMs: parseTime(time!) }
}

function parseTime(time: string): number {
  const isDated = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(time)
  const timeMs = isDated ? Date.parse(time) : Number.NaN
  if (!Number.isNaN(timeMs)) return timeMs
  throw new InvalidRequestError(
    'invalid_time',
    `at_time must be a moment such as 2026-03-01T12:00:00Z, got ${quote(time)}`,
    { details: { path: 'at_time' } },
  )
}

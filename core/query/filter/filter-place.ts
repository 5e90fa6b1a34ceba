import { FILTER_CONDITIONS_MAX, FILTER_DEPTH_MAX, FILTER_VALUES_MAX } from '../../contract/limits.ts'
import { describeFound } from '../../describe-found.ts'
import { LimitExceededError } from '../../errors.ts'
import { QUOTED_CHARACTERS_MAX } from '../../quote.ts'
import type { Schema } from '../../schema/schema.ts'
import { invalidFilter } from './filter-field.ts'

/** The conditions and values that the filters of one request may still have. */
export type FilterAllowance = { conditions: number; values: number }

/** A full allowance for all filters of one request. */
export function filterAllowance(): FilterAllowance {
  return { conditions: FILTER_CONDITIONS_MAX, values: FILTER_VALUES_MAX }
}

/** The position of the filter parser, and the allowance left at it. */
export type Place = {
  readonly schema: Schema
  readonly where: string
  readonly depth: number
  readonly left: FilterAllowance
}

/**
 * Returns the value as a list.
 *
 * @throws {InvalidRequestError} 'invalid_filter' if the value is not a list
 */
export function listOf(value: unknown, place: Place): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw invalidFilter(place.where, `expected a list, found ${describeFound(value)}`)
}

/** The place of a member or element; `step` is appended to the path. */
export function within(place: Place, step: string): Place {
  return { ...place, where: (place.where + step).slice(0, QUOTED_CHARACTERS_MAX), depth: place.depth + 1 }
}

/** @throws {LimitExceededError} 'filter_too_deep' */
export function checkDepth({ depth, where }: Place): void {
  // Each level of `and` and `or` adds two steps to the path: the member and the position in its list.
  if (depth <= FILTER_DEPTH_MAX * 2) return
  throw new LimitExceededError('filter_too_deep', `filter: filters are nested more than ${FILTER_DEPTH_MAX} deep`, {
    details: { limit: FILTER_DEPTH_MAX, path: where.slice(0, 200) },
  })
}

/** Counts a filter without parts as one condition; for any other filter its conditions are counted. */
export function spendIfEmpty(parts: readonly unknown[], place: Place): void {
  if (parts.length === 0) spend(place, 0)
}

/** Counts one condition and its values. */
export function spend({ left }: Place, values: number): void {
  left.conditions--
  left.values -= values
  if (left.conditions >= 0 && left.values >= 0) return
  throw new LimitExceededError(
    'filter_too_large',
    `filter: at most ${FILTER_CONDITIONS_MAX} conditions and ${FILTER_VALUES_MAX} values are allowed`,
    { details: { conditions: FILTER_CONDITIONS_MAX, values: FILTER_VALUES_MAX } },
  )
}

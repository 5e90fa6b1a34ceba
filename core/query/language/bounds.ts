import type { FieldValue } from '../../fields/field.ts'
import { compareUtf8 } from '../../utf8.ts'
import type { Bounds } from './clause.ts'

type Side = 'gt' | 'gte' | 'lt' | 'lte'

/** Compares values of one field: strings by UTF-8 bytes, false before true, numbers and bigints by value (`1` equals `1n`). */
export function compareValues(a: FieldValue, b: FieldValue): number {
  if (typeof a === 'string' && typeof b === 'string') return compareUtf8(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * Keeps the narrower bound of each side.
 *
 * @returns undefined if no value can be within the bounds
 */
export function narrowBounds(bounds: Partial<Record<Side, FieldValue>>): Bounds | undefined {
  const low = narrower(bounds, 'gt', 'gte', 1)
  const high = narrower(bounds, 'lt', 'lte', -1)
  if (low !== undefined && high !== undefined) {
    const order = compareValues(low.value, high.value)
    if (order > 0 || (order === 0 && (low.side === 'gt' || high.side === 'lt'))) return undefined
  }
  return {
    ...(low === undefined ? {} : { [low.side]: low.value }),
    ...(high === undefined ? {} : { [high.side]: high.value }),
  }
}

function narrower(
  bounds: Partial<Record<Side, FieldValue>>,
  open: Side,
  closed: Side,
  direction: 1 | -1,
): { readonly side: Side; readonly value: FieldValue } | undefined {
  const [strict, included] = [bounds[open], bounds[closed]]
  if (strict === undefined) return included === undefined ? undefined : { side: closed, value: included }
  if (included !== undefined && compareValues(included, strict) * direction > 0)
    return { side: closed, value: included }
  return { side: open, value: strict }
}

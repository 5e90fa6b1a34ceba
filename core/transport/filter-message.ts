import type { ColumnNumber, Interval } from '../query/filter/intervals.ts'
import type { SimpleFilter } from '../query/filter/simplify-filter.ts'

/**
 * A filter in a message to a leaf. It differs only in that the ends of intervals are in lists, so that a value takes at most
 * nine bytes instead of some sixty.
 */
export type EncodedFilter =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly EncodedFilter[] }
  | { readonly kind: 'not'; readonly part: EncodedFilter }
  | EncodedNumbers
  | Exclude<SimpleFilter, { readonly kind: 'and' | 'or' | 'not' | 'numbers' }>

type EncodedNumbers = {
  readonly kind: 'numbers'
  readonly field: number
  readonly lows: readonly ColumnNumber[]
  /** Missing if every interval is a single value. */
  readonly highs?: readonly ColumnNumber[]
  /** Per interval, 1 if its lower end is open, plus 2 if its upper end is open. Missing with `highs`. */
  readonly open?: Uint8Array
}

export function encodeFilter(filter: SimpleFilter): EncodedFilter {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return { kind: filter.kind, parts: filter.parts.map(encodeFilter) }
    case 'not':
      return { kind: 'not', part: encodeFilter(filter.part) }
    case 'numbers':
      return encodeNumbers(filter)
    default:
      return filter
  }
}

function encodeNumbers({ field, intervals }: Extract<SimpleFilter, { readonly kind: 'numbers' }>): EncodedNumbers {
  const encoded = { kind: 'numbers', field, lows: intervals.map(({ low }) => low) } as const
  if (intervals.every(isValue)) return encoded
  const open = Uint8Array.from(intervals, ({ isOpenLow, isOpenHigh }) => Number(isOpenLow) + 2 * Number(isOpenHigh))
  return { ...encoded, highs: intervals.map(({ high }) => high), open }
}

function isValue({ low, high, isOpenLow, isOpenHigh }: Interval): boolean {
  return low === high && !isOpenLow && !isOpenHigh
}

/** Decodes the result of {@link encodeFilter}. */
export function decodeFilter(encoded: EncodedFilter): SimpleFilter {
  switch (encoded.kind) {
    case 'and':
    case 'or':
      return { kind: encoded.kind, parts: encoded.parts.map(decodeFilter) }
    case 'not':
      return { kind: 'not', part: decodeFilter(encoded.part) }
    case 'numbers':
      return { kind: 'numbers', field: encoded.field, intervals: decodeIntervals(encoded) }
    default:
      return encoded
  }
}

function decodeIntervals({ lows, highs = lows, open }: EncodedNumbers): Interval[] {
  return lows.map((low, i) => {
    const ends = open?.[i] ?? 0
    return { low, isOpenLow: (ends & 1) !== 0, high: highs[i]!, isOpenHigh: (ends & 2) !== 0 }
  })
}

import type { Zone } from '../../columns/column.ts'
import type { FieldValue } from '../../fields/field.ts'
import type { Bounds } from '../language/clause.ts'

/** A value of a numeric column. Booleans are 0 and 1. */
export type ColumnNumber = number | bigint

/** The numbers between two ends. An end is included unless it is open. */
export type Interval = {
  readonly low: ColumnNumber
  readonly isOpenLow: boolean
  readonly high: ColumnNumber
  readonly isOpenHigh: boolean
}

/** Disjoint intervals in ascending order. A number and a bigint of equal value count as the same number. */
export type Intervals = readonly Interval[]

/** The numbers within bounds. */
export function intervalOf({ gt, gte, lt, lte }: Bounds): Interval {
  return {
    low: toColumnNumber(gt ?? gte ?? Number.NEGATIVE_INFINITY),
    isOpenLow: gt !== undefined,
    high: toColumnNumber(lt ?? lte ?? Number.POSITIVE_INFINITY),
    isOpenHigh: lt !== undefined,
  }
}

/** One interval for each distinct value. */
export function intervalsOf(values: readonly FieldValue[]): Intervals {
  const numbers = values.map(toColumnNumber)
  if (!numbers.every((value) => typeof value === 'number')) return unionOfIntervals(numbers.map(pointOf))
  // A typed array of numbers sorts many times faster than a list with a comparison function.
  const ascending = Float64Array.from(numbers as number[]).sort()
  const points: Interval[] = []
  for (const value of ascending) if (points.length === 0 || value > points.at(-1)!.low) points.push(pointOf(value))
  return points
}

function pointOf(value: ColumnNumber): Interval {
  return { low: value, isOpenLow: false, high: value, isOpenHigh: false }
}

/** Converts a value to the form in which columns store it. */
export function toColumnNumber(value: FieldValue): ColumnNumber {
  return typeof value === 'bigint' ? value : Number(value)
}

/** The union of several intervals. */
export function unionOfIntervals(intervals: readonly Interval[]): Intervals {
  const union: Interval[] = []
  for (const one of intervals.filter(holdsAny).sort(compareLows)) {
    const last = union.at(-1)
    if (last === undefined || isApart(last, one)) union.push(one)
    else if (compareHighs(last, one) < 0) {
      union[union.length - 1] = { ...last, high: one.high, isOpenHigh: one.isOpenHigh }
    }
  }
  return union
}

/** The intervals that contain no other of the intervals: a value in an inner interval is in the outer one too. */
export function innermost(intervals: readonly Interval[]): Interval[] {
  const kept: Interval[] = []
  for (const one of intervals.toSorted((a, b) => compareLows(b, a) || compareHighs(a, b))) {
    const inner = kept.at(-1)
    if (inner === undefined || compareHighs(one, inner) < 0) kept.push(one)
  }
  return kept
}

function holdsAny({ low, high, isOpenLow, isOpenHigh }: Interval): boolean {
  return low < high || (low <= high && !isOpenLow && !isOpenHigh)
}

/** Whether there is a number between two intervals. `second` does not begin before `first`. */
function isApart(first: Interval, second: Interval): boolean {
  return first.high < second.low || (!(first.high > second.low) && first.isOpenHigh && second.isOpenLow)
}

function compareLows(a: Interval, b: Interval): number {
  return a.low < b.low ? -1 : a.low > b.low ? 1 : Number(a.isOpenLow) - Number(b.isOpenLow)
}

function compareHighs(a: Interval, b: Interval): number {
  return a.high < b.high ? -1 : a.high > b.high ? 1 : Number(b.isOpenHigh) - Number(a.isOpenHigh)
}

/** Intervals prepared for lookup by binary search over their ends. */
export class IntervalIndex {
  readonly #lows: ArrayLike<ColumnNumber>
  readonly #highs: ArrayLike<ColumnNumber>
  /** Per interval, 1 if its lower end is open, plus 2 if its upper end is open. */
  readonly #open: Uint8Array

  constructor(intervals: Intervals) {
    this.#lows = endsOf(intervals, ({ low }) => low)
    this.#highs = endsOf(intervals, ({ high }) => high)
    this.#open = new Uint8Array(intervals.length)
    for (const [i, one] of intervals.entries()) this.#open[i] = Number(one.isOpenLow) + 2 * Number(one.isOpenHigh)
  }

  has(value: ColumnNumber): boolean {
    return this.#indexOf(value) >= 0
  }

  /** Whether any interval overlaps a zone. */
  meets({ min, max }: Zone): boolean {
    const i = this.#firstNotBelow(min)
    if (i === this.#lows.length) return false
    return this.#isLowOpen(i) ? this.#lows[i]! < max : this.#lows[i]! <= max
  }

  /** Whether one interval contains all of a zone. */
  covers({ min, max }: Zone): boolean {
    const i = this.#indexOf(min)
    return i >= 0 && this.#isUpTo(i, max)
  }

  /** The index of the interval that contains a value, or -1. */
  #indexOf(value: ColumnNumber): number {
    const i = this.#firstNotBelow(value)
    if (i === this.#lows.length) return -1
    return (this.#isLowOpen(i) ? value > this.#lows[i]! : value >= this.#lows[i]!) ? i : -1
  }

  /** The index of the first interval that does not end below a value. */
  #firstNotBelow(value: ColumnNumber): number {
    let low = 0
    let high = this.#highs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#isUpTo(middle, value)) high = middle
      else low = middle + 1
    }
    return low
  }

  #isUpTo(i: number, value: ColumnNumber): boolean {
    return (this.#open[i]! & 2) === 0 ? this.#highs[i]! >= value : this.#highs[i]! > value
  }

  #isLowOpen(i: number): boolean {
    return (this.#open[i]! & 1) !== 0
  }
}

/** The ends of intervals, as a typed array unless one of them is a bigint. */
function endsOf(intervals: Intervals, end: (interval: Interval) => ColumnNumber): ArrayLike<ColumnNumber> {
  const ends = new Float64Array(intervals.length)
  for (const [i, interval] of intervals.entries()) {
    const value = end(interval)
    if (typeof value !== 'number') return intervals.map(end)
    ends[i] = value
  }
  return ends
}

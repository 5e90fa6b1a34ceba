import type { Zone } from '../../columns/column.ts'

/** Distinct numbers and bigints in ascending order. A number and a bigint of equal value count as the same value. */
export class ValueList {
  readonly #sorted: Float64Array | readonly (number | bigint)[]

  constructor(values: readonly (number | bigint)[]) {
    const sorted = values.slice().sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    const distinct = sorted.filter((value, i) => i === 0 || value > sorted[i - 1]!)
    const areNumbers = distinct.every((value) => typeof value === 'number')
    this.#sorted = areNumbers ? Float64Array.from(distinct as number[]) : distinct
  }

  get size(): number {
    return this.#sorted.length
  }

  /** The index of a value, or -1. */
  indexOf(value: number | bigint): number {
    const i = this.#lowerBound(value)
    return i < this.#sorted.length && !(this.#sorted[i]! > value) ? i : -1
  }

  /** Whether all values of the list are in a zone. */
  isWithin({ min, max }: Zone): boolean {
    return this.size === 0 || (this.#sorted[0]! >= min && this.#sorted[this.size - 1]! <= max)
  }

  /** The index of the first value that is not below `value`. */
  #lowerBound(value: number | bigint): number {
    const sorted = this.#sorted
    let low = 0
    let high = sorted.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (sorted[middle]! < value) low = middle + 1
      else high = middle
    }
    return low
  }
}

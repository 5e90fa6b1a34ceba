import type { CostReport } from './cost.ts'
import type { Prices } from './prices.ts'

/** What a {@link Meter} counted, one by one; `CostReport` is what answers show of it. */
export type Counts = {
  gets: number
  getBytes: number
  puts: number
  putBytes: number
  lists: number
  deletes: number
  cacheHits: number
  cachedBytes: number
  /** Requests for rows, a page of a query counting as one. */
  rowReads: number
  /** Attempts to write or delete a row; a refused one is billed too. */
  rowWrites: number
}

/**
 * Counts what one operation asks of storage and coordination. Make one per
 * operation: rounds only mean something within one.
 *
 * A request's depth is one more than the greatest depth that had completed
 * when it was issued, since the operation may have needed that answer to know
 * what to ask. Requests side by side share a depth, so the greatest depth is
 * the number of rounds that had to wait for one another.
 */
export class Meter {
  readonly counts: Counts = {
    gets: 0,
    getBytes: 0,
    puts: 0,
    putBytes: 0,
    lists: 0,
    deletes: 0,
    cacheHits: 0,
    cachedBytes: 0,
    rowReads: 0,
    rowWrites: 0,
  }
  readonly prices: Prices
  #usd = 0
  #depthCompleted = 0
  #depthIssued = 0

  constructor(prices: Prices) {
    this.prices = prices
  }

  /** Rounds of object-store requests so far. */
  get rounds(): number {
    return this.#depthIssued
  }

  /** Notes dollars spent on a request. */
  charge(usd: number): void {
    this.#usd += usd
  }

  /** Notes bytes that a cache brought, without a request. */
  hit(byteSize: number): void {
    this.counts.cacheHits++
    this.counts.cachedBytes += byteSize
  }

  /** Notes one request that read rows, which took so many DynamoDB read units. */
  rowsRead(units: number): void {
    this.counts.rowReads++
    this.#usd += units * this.prices.rowReadUnit
  }

  /** Notes one attempt to write a row, which took so many DynamoDB write units. */
  rowWritten(units: number): void {
    this.counts.rowWrites++
    this.#usd += units * this.prices.rowWriteUnit
  }

  /** Adds the cost that another process reports for this operation. Its rounds come after those completed here. */
  async delegate<T extends { readonly cost: CostReport }>(call: () => Promise<T>): Promise<T> {
    const depth = this.#depthCompleted
    const answer = await call()
    const { gets, bytes, rounds, cached_bytes, usd } = answer.cost
    this.counts.gets += gets
    this.counts.getBytes += bytes
    this.counts.cachedBytes += cached_bytes
    this.#usd += usd
    this.#depthIssued = Math.max(this.#depthIssued, depth + rounds)
    this.complete(depth + rounds)
    return answer
  }

  /** Follows a request to its end, successful or not, to know what comes after it. */
  async follow<T>(request: () => Promise<T>): Promise<T> {
    const depth = this.issue()
    try {
      return await request()
    } finally {
      this.complete(depth)
    }
  }

  /** Notes that a request begins. @returns its depth, for {@link complete} */
  issue(): number {
    const depth = this.#depthCompleted + 1
    if (depth > this.#depthIssued) this.#depthIssued = depth
    return depth
  }

  complete(depth: number): void {
    if (depth > this.#depthCompleted) this.#depthCompleted = depth
  }

  report(): CostReport {
    const { gets, getBytes, cachedBytes } = this.counts
    return { gets, bytes: getBytes, rounds: this.rounds, cached_bytes: cachedBytes, usd: this.#usd }
  }
}

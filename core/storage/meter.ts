import type { CostReport } from './cost.ts'
import type { Prices } from './prices.ts'

/** The counts of a {@link Meter}. Answers show a part of them as `CostReport`. */
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
  /** Attempts to write or delete a row; refused attempts are billed too. */
  rowWrites: number
}

/**
 * Counts the requests of one operation to storage and coordination. Make one per operation, because rounds are meaningful
 * only within one operation.
 *
 * The depth of a request is one more than the greatest depth completed when it was issued, because the request may depend
 * on that answer. Concurrent requests share a depth, so the greatest depth is the number of rounds that had to wait for
 * one another.
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

  /** Adds the price of a request, in dollars. */
  charge(usd: number): void {
    this.#usd += usd
  }

  /** Counts bytes that came from a cache without a request. */
  hit(byteSize: number): void {
    this.counts.cacheHits++
    this.counts.cachedBytes += byteSize
  }

  /** Counts one request that read rows, and its DynamoDB read units. */
  rowsRead(units: number): void {
    this.counts.rowReads++
    this.#usd += units * this.prices.rowReadUnit
  }

  /** Counts one attempt to write a row, and its DynamoDB write units. */
  rowWritten(units: number): void {
    this.counts.rowWrites++
    this.#usd += units * this.prices.rowWriteUnit
  }

  /** Adds the cost that another process reports for this operation. Its rounds follow the rounds completed here. */
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

  /** Counts a request from its start to its end, successful or not. */
  async follow<T>(request: () => Promise<T>): Promise<T> {
    const depth = this.issue()
    try {
      return await request()
    } finally {
      this.complete(depth)
    }
  }

  /** Counts the start of a request. @returns its depth, for {@link complete} */
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

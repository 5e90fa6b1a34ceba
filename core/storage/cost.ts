/** What an operation cost, as answers show it. */
export type CostReport = {
  /** GET requests that reached the object store. */
  readonly gets: number
  /** Bytes that these requests brought. */
  readonly bytes: number
  /** Rounds of object-store requests that had to wait for one another. */
  readonly rounds: number
  /** Bytes that a cache brought instead. */
  readonly cached_bytes: number
  /** Dollars for the requests, at list prices. */
  readonly usd: number
}

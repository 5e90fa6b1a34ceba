/** The cost of an operation, as shown in answers. */
export type CostReport = {
  /** GET requests that reached the object store. */
  readonly gets: number
  /** Bytes that these requests returned. */
  readonly bytes: number
  /** Rounds of object-store requests that had to wait for one another. */
  readonly rounds: number
  /** Bytes that came from a cache instead. */
  readonly cached_bytes: number
  /** List price of the requests, in dollars. */
  readonly usd: number
}

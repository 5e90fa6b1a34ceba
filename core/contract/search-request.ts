import type { CostReport } from '../storage/cost.ts'

/** A JSON object as a user sent or stored it. */
export type JsonObject = { readonly [name: string]: unknown }

/** A query that is taken literally: nothing in it is syntax, and it never fails to parse. */
export type MatchQuery = {
  readonly match: string
  readonly operator?: 'or' | 'and'
  readonly fuzziness?: 'none' | 'auto' | 1 | 2
  readonly prefix_last?: boolean
}

export type Consistency = 'eventual' | 'bounded' | 'read_your_writes' | 'strong'

/** How fresh a read must be. */
export type ReadRequest = {
  readonly consistency?: Consistency
  readonly max_staleness_ms?: number
  readonly session?: string
  /** Reads these versions, one a shard, as an answer's `snapshot.versions` names them. */
  readonly at_version?: readonly number[]
  /** Reads what stood at this moment, in ISO 8601. */
  readonly at_time?: string
  /** Reads the snapshot of this name. */
  readonly snapshot?: string
}

/** The body of a search, as in the HTTP contract; every field is optional there. */
export type SearchRequest = ReadRequest & {
  readonly query?: string | MatchQuery
  readonly fields?: readonly string[]
  readonly field_mode?: 'sum' | 'best'
  readonly operator?: 'or' | 'and'
  readonly fuzziness?: 'none' | 'auto' | 1 | 2
  readonly filter?: JsonObject
  readonly limit?: number
  readonly offset?: number
  readonly sort?: readonly string[]
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  /** Whether hits say their documents' versions. */
  readonly versions?: boolean
  readonly total?: boolean | number
  readonly allow_partial_results?: boolean
  readonly min_successful_shards?: number
  readonly partial_results_timeout_ms?: number
  readonly explain?: boolean
}

export type Hit<Document = JsonObject> = {
  readonly id: string
  readonly score: number
  readonly document: Document
  /** If asked for. */
  readonly version?: string
}

export type Warning = { readonly code: string; readonly message: string }

export type ShardsReport = {
  readonly total: number
  readonly successful: number
  readonly failed: number
  readonly failures: readonly { readonly shard: number; readonly reason: string }[]
}

/** Which version of each shard was read (0: none), and how long ago the oldest of them was known to be the newest. */
export type SnapshotReport = { readonly versions: readonly number[]; readonly staleness_ms: number }

export type SearchAnswer<Document = JsonObject> = {
  readonly hits: readonly Hit<Document>[]
  readonly total?: number
  readonly total_relation?: 'eq' | 'gte'
  readonly took_ms: number
  readonly shards: ShardsReport
  readonly snapshot: SnapshotReport
  readonly session: string
  readonly cost: CostReport
  readonly warnings?: readonly Warning[]
  readonly explain?: JsonObject
}

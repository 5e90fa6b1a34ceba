import type { CostReport } from '../storage/cost.ts'

/** A JSON object as a user sent or stored it. */
export type JsonObject = { readonly [name: string]: unknown }

/** A query that is taken literally: nothing in it is syntax, so it never fails to parse. */
export type MatchQuery = {
  /** The words, at most 32,768 bytes of UTF-8. White space alone matches everything. */
  readonly match: string
  /** As {@link SearchRequest.operator}, which it overrides. */
  readonly operator?: Operator
  /** As {@link SearchRequest.fuzziness}, which it overrides. */
  readonly fuzziness?: Fuzziness
  /** Whether the last word also matches words that begin with it. Default: false. */
  readonly prefix_last?: boolean
}

/** Whether a query wants any of its words, or each of them in any of the fields. */
export type Operator = 'or' | 'and'

/** Edits that a word may be away; `auto` allows 0 below 4 letters, 1 below 8, then 2. */
export type Fuzziness = 'none' | 'auto' | 1 | 2

/** How fresh a read is, from the cheapest to the freshest. */
export type Consistency = 'eventual' | 'bounded' | 'read_your_writes' | 'strong'

/** Which version of the data a read sees. At most one of `at_version`, `at_time` and `snapshot`, without a consistency. */
export type ReadRequest = {
  /** Default: `bounded` with `max_staleness_ms`, `read_your_writes` with a session, else `eventual` for searches and `strong` for documents by id. */
  readonly consistency?: Consistency
  /** For `bounded`: how many milliseconds old the version that is read may be, from 0. */
  readonly max_staleness_ms?: number
  /** Tokens of earlier answers, separated by commas: at most 64, in 16,384 characters. The read sees at least their versions. */
  readonly session?: string
  /** Reads these versions, one a shard, as `snapshot.versions` of an answer names them. NotFoundError if one is no longer kept. */
  readonly at_version?: readonly number[]
  /** Reads what the collection held at this moment, in ISO 8601 with a time zone. NotFoundError if it is no longer kept. */
  readonly at_time?: string
  /** Reads the named snapshot. NotFoundError if there is none of that name. */
  readonly snapshot?: string
}

/**
 * A search. Every field is optional, and a field that is undefined counts as left out; without a query everything matches.
 * What is wrong with a field is an InvalidRequestError that names it, what is over its limit a LimitExceededError.
 */
export type SearchRequest = ReadRequest & {
  /** In the query language, or words taken literally; at most 32,768 bytes of UTF-8 and 1,024 clauses. Default: everything matches. */
  readonly query?: string | MatchQuery
  /** Fields that plain words are looked for in, with boosts, such as `title^2`; at most 1,000. Default: the collection's `default_fields`, else its text fields. */
  readonly fields?: readonly string[]
  /** Whether a word scores the sum over its fields or only the best of them. Default: `sum`. */
  readonly field_mode?: 'sum' | 'best'
  /** Whether one word is enough, or every word has to be in one of the fields. Default: `or`. */
  readonly operator?: Operator
  /** Edits that plain words of the query may be away. Default: `none`. */
  readonly fuzziness?: Fuzziness
  /** Conditions that every hit meets; they never score. At most 1,024 conditions, 65,536 values and 32 levels. */
  readonly filter?: JsonObject
  /** Hits on the page, 0 to 1,000. Default: 10. */
  readonly limit?: number
  /** Hits before the page, from 0; `offset + limit` is at most 10,000. Default: 0. */
  readonly offset?: number
  /** Up to 16 keys: `year` ascending, `-year` descending, `_score` descending, `id`. Missing values come last. Default: `_score`. */
  readonly sort?: readonly string[]
  /** Dotted names of the fields to answer, at most 1,000; an empty list answers none. Default: all. */
  readonly include?: readonly string[]
  /** Dotted names of fields to leave out, at most 1,000. It wins over `include`. Default: none. */
  readonly exclude?: readonly string[]
  /** Whether hits carry the versions of their documents, for conditional writes. Default: false. */
  readonly versions?: boolean
  /** Whether matches are counted: all of them, none (`false` or 0), or exactly up to a number. Counting less lets more be skipped. Default: true. */
  readonly total?: boolean | number
  /** Whether the answer may lack shards that failed or were late. Default: the collection's setting, else true. */
  readonly allow_partial_results?: boolean
  /** Shards that an answer needs at least, 0 to 256; fewer are an UnavailableError. Default: the collection's setting, else 1. */
  readonly min_successful_shards?: number
  /** Milliseconds after which a shard that has not answered is left out, 1 to 600,000. Default: the collection's setting, else 10,000. */
  readonly partial_results_timeout_ms?: number
  /** Whether the answer says how the query was understood and done. Default: false. */
  readonly explain?: boolean
}

/** One of several searches: a search that names its collection. */
export type NamedSearch = SearchRequest & { readonly collection: string }

/** A document that a search found. */
export type Hit<Document = JsonObject> = {
  readonly id: string
  /** How well the document matches, from 0. Only scores of one search can be compared. */
  readonly score: number
  /** The stored document, as far as `include` and `exclude` ask for it. */
  readonly document: Document
  /** Names what the document holds, for conditional writes. Only with `versions: true`. */
  readonly version?: string
}

/** Something that was done otherwise than a caller may expect: `code` for machines, `message` for people. */
export type Warning = { readonly code: string; readonly message: string }

/** How many shards of the collection answered, and why the others did not. */
export type ShardsReport = {
  readonly total: number
  readonly successful: number
  readonly failed: number
  readonly failures: readonly { readonly shard: number; readonly reason: string }[]
}

/** The version of each shard that was read (0: none), and for how many milliseconds the oldest of them may have been outdated. */
export type SnapshotReport = { readonly versions: readonly number[]; readonly staleness_ms: number }

/** What a search found, and how it was found. */
export type SearchAnswer<Document = JsonObject> = {
  /** The page's hits in the order of `sort`; equal ones by id, in UTF-8 order. */
  readonly hits: readonly Hit<Document>[]
  /** Matching documents, on this page and others. Left out where the request asks for no total. */
  readonly total?: number
  /** `eq`: `total` is exact. `gte`: there are at least so many. */
  readonly total_relation?: 'eq' | 'gte'
  readonly took_ms: number
  readonly shards: ShardsReport
  readonly snapshot: SnapshotReport
  /** Names the versions that were read. A later request with it reads at least these. */
  readonly session: string
  /** Requests, bytes and dollars that the search cost. */
  readonly cost: CostReport
  /** Left out if there are none. */
  readonly warnings?: readonly Warning[]
  /** How the query was understood and done. Only with `explain: true`. */
  readonly explain?: JsonObject
}

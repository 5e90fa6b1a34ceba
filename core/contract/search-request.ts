import type { CostReport } from '../storage/cost.ts'

/** A JSON object that a user sent or stored. */
export type JsonObject = { readonly [name: string]: unknown }

/** A query of literal words: nothing in it is syntax, so parsing never fails. */
export type MatchQuery = {
  /** The words, at most 32,768 bytes of UTF-8. White space alone matches everything. */
  readonly match: string
  /** Overrides {@link SearchRequest.operator}. */
  readonly operator?: Operator
  /** Overrides {@link SearchRequest.fuzziness}. */
  readonly fuzziness?: Fuzziness
  /** Whether the last word also matches words that begin with it. Default: false. */
  readonly prefix_last?: boolean
}

/** Whether a document must have any word of a query, or every word, each in any of the fields. */
export type Operator = 'or' | 'and'

/** Maximum edits between a word of a query and a match. `auto`: 0 below 4 letters, 1 below 8, otherwise 2. */
export type Fuzziness = 'none' | 'auto' | 1 | 2

/** How fresh a read is, from the cheapest to the freshest. */
export type Consistency = 'eventual' | 'bounded' | 'read_your_writes' | 'strong'

/**
 * The version of the data that a read sees. At most one of `at_version`, `at_time` and `snapshot`; they exclude
 * `consistency` and `max_staleness_ms`.
 */
export type ReadRequest = {
  /**
   * Default: `bounded` with `max_staleness_ms`, `read_your_writes` with a session, otherwise `eventual` for searches
   * and `strong` for documents by id.
   */
  readonly consistency?: Consistency
  /** For `bounded`: maximum age of the version in milliseconds, from 0. */
  readonly max_staleness_ms?: number
  /**
   * Tokens of earlier answers, separated by commas: at most 64, in 16,384 characters. The read sees at least their
   * versions.
   */
  readonly session?: string
  /**
   * Reads these versions, one per shard, as in `snapshot.versions` of an answer. NotFoundError if one is no longer
   * kept.
   */
  readonly at_version?: readonly number[]
  /** Reads the version at this time, in ISO 8601 with a time zone. NotFoundError if that version is no longer kept. */
  readonly at_time?: string
  /** Reads the named snapshot. NotFoundError if it does not exist. */
  readonly snapshot?: string
}

/**
 * A search. Every field is optional, and undefined fields count as absent. Without a query, every document matches. An
 * invalid field is an InvalidRequestError, and a value over its limit is a LimitExceededError; both name the field.
 */
export type SearchRequest = ReadRequest & {
  /**
   * In the query language, or literal words; at most 32,768 bytes of UTF-8 and 1,024 clauses. Default: every document
   * matches.
   */
  readonly query?: string | MatchQuery
  /**
   * Fields to search for plain words, with boosts, such as `title^2`; at most 1,000. Default: the collection's
   * `default_fields`, or its text fields.
   */
  readonly fields?: readonly string[]
  /** Whether the score of a word is the sum over its fields or the score of the best field. Default: `sum`. */
  readonly field_mode?: 'sum' | 'best'
  /** Whether a document must have any word of the query, or every word, each in any of the fields. Default: `or`. */
  readonly operator?: Operator
  /** Maximum edits between a plain word of the query and a match. Default: `none`. */
  readonly fuzziness?: Fuzziness
  /**
   * Conditions that every hit meets, without effect on scores. At most 1,024 conditions, 65,536 values and 32 levels.
   */
  readonly filter?: JsonObject
  /** Maximum hits on the page, 0 to 1,000. Default: 10. */
  readonly limit?: number
  /** Number of hits before the page, from 0; `offset + limit` is at most 10,000. Default: 0. */
  readonly offset?: number
  /**
   * Up to 16 keys: `year` ascending, `-year` descending, `_score` descending, `id`. Missing values are last. Default:
   * `_score`.
   */
  readonly sort?: readonly string[]
  /** Dotted names of the fields to return, at most 1,000; an empty list returns none. Default: all. */
  readonly include?: readonly string[]
  /** Dotted names of fields to omit, at most 1,000. Takes precedence over `include`. Default: none. */
  readonly exclude?: readonly string[]
  /** Whether hits include the versions of their documents, for conditional writes. Default: false. */
  readonly versions?: boolean
  /**
   * Whether to count matches: all, none (`false` or 0), or exactly up to a number. Counting fewer allows more skipping.
   * Default: true.
   */
  readonly total?: boolean | number
  /** Whether the answer may omit shards that failed or were late. Default: the collection's setting, or true. */
  readonly allow_partial_results?: boolean
  /**
   * Minimum shards that must answer, from 0 to the number of shards; fewer are an UnavailableError. Default: the
   * collection's setting, or 1.
   */
  readonly min_successful_shards?: number
  /**
   * Milliseconds after which a shard that has not answered is omitted, 1 to 600,000. Default: the collection's setting,
   * or 10,000.
   */
  readonly partial_results_timeout_ms?: number
  /** Whether the answer explains how the query was parsed and executed. Default: false. */
  readonly explain?: boolean
}

/** A search that names its collection, as one of several searches. */
export type NamedSearch = SearchRequest & { readonly collection: string }

/** A document that a search found. */
export type Hit<Document = JsonObject> = {
  readonly id: string
  /**
   * How well the document matches, from 0. Only scores of the same search are comparable. Null if `sort` has keys, none of
   * them `_score`.
   */
  readonly score: number | null
  /** The stored document, or the parts that `include` and `exclude` select. */
  readonly document: Document
  /** Identifies the content of the document, for conditional writes. Only with `versions: true`. */
  readonly version?: string
}

/**
 * Reports that a request was carried out differently than a caller may expect: `code` is for machines, `message` for
 * people.
 */
export type Warning = { readonly code: string; readonly message: string }

/** How many shards of the collection answered, and why the others did not. */
export type ShardsReport = {
  readonly total: number
  readonly successful: number
  readonly failed: number
  readonly failures: readonly { readonly shard: number; readonly reason: string }[]
}

/**
 * The version read from each shard (0: none), and for how many milliseconds the oldest of them may have been outdated.
 */
export type SnapshotReport = { readonly versions: readonly number[]; readonly staleness_ms: number }

/** The result of a search, and how it was found. */
export type SearchAnswer<Document = JsonObject> = {
  /** The hits of the page in the order of `sort`; ties are in the UTF-8 order of ids. */
  readonly hits: readonly Hit<Document>[]
  /** Number of matching documents on all pages. Absent if the request turns counting off. */
  readonly total?: number
  /** `eq`: `total` is exact. `gte`: `total` is a lower bound. */
  readonly total_relation?: 'eq' | 'gte'
  readonly took_ms: number
  readonly shards: ShardsReport
  readonly snapshot: SnapshotReport
  /** Names the versions that were read. A later request with this session reads at least these versions. */
  readonly session: string
  /** The cost of the search: requests, bytes and dollars. */
  readonly cost: CostReport
  /** Absent if there are none. */
  readonly warnings?: readonly Warning[]
  /** How the query was parsed and executed. Only with `explain: true`. */
  readonly explain?: JsonObject
}
